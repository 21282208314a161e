from . import (
    test_case_tours,
    test_install,
    test_intake,
    test_screens,
    test_transfer,
    test_workflow,
)
