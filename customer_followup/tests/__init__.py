from . import test_install, test_life, test_mirror, test_mirror_more, test_plan
