import pytest

from auditor import errors
from auditor.netlink import wire
from auditor.netlink.generic import GENERIC_HEADER, GENERIC_HEADER_BYTES, dump_generic, family_id
from auditor.netlink.socket import Netlink

from .fakes import FakeKernel, answer, done


def family(name, number):
    head = GENERIC_HEADER.pack(1, 2, 0)
    number_attribute = b"" if number is None else wire.pack_attribute(1, number.to_bytes(2, "little"))
    return head + wire.pack_attribute(2, name + b"\0") + number_attribute


def ask(name, *families):
    kernel = FakeKernel([answer(*families, kind=16), done()])
    with Netlink(16, open_endpoint=kernel.open_endpoint) as netlink:
        return family_id(netlink, name)


def test_number_of_a_family():
    assert ask("wireguard", family(b"nlctrl", 16), family(b"wireguard", 31)) == 31


def test_family_that_the_kernel_lacks():
    with pytest.raises(errors.SourceAbsent) as caught:
        ask("wireguard", family(b"nlctrl", 16), family(b"wireguard2", 31))
    assert "wireguard" in caught.value.detail


def test_family_without_a_number_is_malformed():
    with pytest.raises(errors.ParseError):
        ask("wireguard", family(b"wireguard", None))


def test_short_message_is_malformed():
    with pytest.raises(errors.ParseError):
        ask("wireguard", b"\1\2")


def test_the_kernel_lists_its_controller():
    with Netlink(wire.NETLINK_GENERIC) as netlink:
        number = family_id(netlink, "nlctrl")
        assert number == 0x10
        dump = dump_generic(netlink, number, 3, 2)
        names = [wire.text(wire.attributes(m.payload, GENERIC_HEADER_BYTES)[2]) for m in dump.messages()]
    assert "nlctrl" in names
