from . import (
    test_company,
    test_documents,
    test_evaluate,
    test_merge,
    test_methods,
    test_rights,
    test_rules,
    test_scoring,
    test_tours,
)
