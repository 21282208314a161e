from . import (
    test_assignment,
    test_care,
    test_escalation,
    test_escalation_acts,
    test_escalation_people,
    test_install,
    test_task,
    test_workflow,
)
