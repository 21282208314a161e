# Every target is one verb of tools/care.py; everything made goes into .care/.
CARE := python3 tools/care.py

.PHONY: help demo test lint stop clean bench soak shots i18n cdnow

help: ## show this list
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## get everything needed, install with demo data, start the server
	@$(CARE) demo

test: ## lint, install, the addons' tests with tours, the tests of the repository
	@$(CARE) test $(ARGS)

lint: ## only the linters
	@$(CARE) lint

stop: ## stop the server and the embedded PostgreSQL
	@$(CARE) stop

clean: ## stop, then remove all that was made (.care/)
	@$(CARE) clean

bench: ## benchmarks, e.g. make bench BENCH="p1 --customers 100000"
	@$(CARE) bench $(BENCH)

soak: ## tests that wait for wall-clock time or simulate years
	@$(CARE) soak $(ARGS)

shots: ## screenshots of the running demo into .care/shots/
	@$(CARE) shots $(ARGS)

i18n: ## refresh the translation templates and merge the translations
	@$(CARE) i18n

cdnow: ## grade the 23,570 customers of the CDNOW data set in a database of its own
	@$(CARE) cdnow $(ARGS)
