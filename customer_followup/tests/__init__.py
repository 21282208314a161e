from . import test_install, test_life, test_load, test_mirror, test_plan
