from . import test_documents, test_evaluate, test_methods

from . import test_tours
