from . import test_assignment, test_care, test_install, test_workflow
