from . import (
    test_install,
    test_life,
    test_mirror,
    test_my_day,
    test_plan,
    test_route,
    test_visit_brief,
)
