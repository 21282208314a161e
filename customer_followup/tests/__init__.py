from . import (
    test_install,
    test_mirror,
    test_my_day,
    test_my_day_tours,
    test_route,
    test_visit_brief,
)
