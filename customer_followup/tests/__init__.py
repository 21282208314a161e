from . import (
    test_install,
    test_knowledge,
    test_life,
    test_mirror,
    test_partner_merge,
    test_plan,
    test_promise,
    test_responsiveness,
)
