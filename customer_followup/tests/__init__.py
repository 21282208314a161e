from . import (
    test_install,
    test_life,
    test_mail_watch,
    test_mirror,
    test_mirror_more,
    test_night_failures,
    test_plan,
)
