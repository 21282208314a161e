from . import test_install, test_task, test_workflow
