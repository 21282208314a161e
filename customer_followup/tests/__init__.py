from . import test_coverage, test_install, test_life, test_messages, test_mirror, test_plan
