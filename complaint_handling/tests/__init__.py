from . import test_install, test_task, test_verification, test_workflow
