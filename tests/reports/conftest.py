"""One Chromium for all tests that look at a report the way a reader does."""

from tests.reports.chromium import browser as browser
from tests.reports.chromium import opened as opened
