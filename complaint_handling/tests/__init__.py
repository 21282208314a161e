from . import (
    test_install,
    test_mail_answers,
    test_mail_guard,
    test_mail_intake,
    test_mail_reading,
    test_merge,
    test_workflow,
)
