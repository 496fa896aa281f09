#!/bin/sh
# Build the Debian package from what git tracks here: tools/build_deb.sh DIRECTORY
# Needs debhelper, dh-python and dpkg-dev. Same sources, same package (SOURCE_DATE_EPOCH is the last commit's time).
set -eu
out=$(realpath "$1")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' auditor/__init__.py)
tree=$work/auditor-$version
mkdir "$tree"
git ls-files -z | tar --create --null --files-from=- | tar --extract --directory="$tree"
cp -r deploy/debian "$tree/debian"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
{
    printf 'auditor (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n' "$version"
    printf ' -- auditor developers <auditor@localhost>  %s\n' "$(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")"
} >"$tree/debian/changelog"
(cd "$tree" && dpkg-buildpackage --build=binary --no-sign >"$work/log" 2>&1) || { cat "$work/log" >&2; exit 1; }
mkdir -p "$out"
cp "$work"/auditor_*.deb "$out/"
ls "$out"/auditor_"$version"*.deb
