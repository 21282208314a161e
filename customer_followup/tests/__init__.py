from . import (
    test_coverage,
    test_coverage_dashboard,
    test_install,
    test_life,
    test_messages,
    test_mirror,
    test_plan,
)
