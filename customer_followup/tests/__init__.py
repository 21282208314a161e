from . import test_install, test_life, test_mirror, test_plan
