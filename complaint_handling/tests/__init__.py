from . import test_care, test_install, test_workflow
