# The two commands of the README are `make run` and `make test`. PYTHON may name another interpreter (3.10 or later).
PYTHON ?= python3

DATABASE ?= sqlite postgresql

.PHONY: run unit test test-all planted-faults screenshots pictures durations parity parity-sample benchmark-routing benchmark-integrity benchmark-walks benchmark-matching lint docs docker-test clean

run:  ## install, start everything on embedded defaults, print where to go
	@$(PYTHON) -m ls_expert_plugin.demo.run

unit:  ## the pure tests: no Label Studio, no browser, no PostgreSQL
	@$(PYTHON) -m tests.run --unit

test:  ## everything that decides whether a change may land
	@$(PYTHON) -m tests.run

test-all:  ## all that there is, before a release: every test on every database, Label Studio's own tests, planted faults
	@$(PYTHON) -m tests.run --everything
	@$(MAKE) --no-print-directory parity planted-faults

durations:  ## write where the last whole run's minutes went into docs/testing.md
	@$(PYTHON) -m tests.durations

planted-faults:  ## small faults in a copy of the tree, each of which a test has to catch; ARGS="--sample 5"
	@$(PYTHON) -m tests.planted_faults.run $(ARGS)

screenshots:  ## every page in each state, wide and narrow, light and dark, as pictures; ARGS="--only admin-review"
	@$(PYTHON) -m tests.run --screenshots $(ARGS)

pictures:  ## the pictures of README.md, into docs/images
	@$(PYTHON) -m tests.run --screenshots --documentation

benchmark-routing:  ## what the extension costs, beside stock Label Studio; ARGS="--database sqlite --rounds 50"
	@$(PYTHON) -m benchmarks.routing $(ARGS)

benchmark-integrity:  ## how pages, calls and rounds grow with annotations; ARGS="--before ../older-checkout --sizes 10000 100000"
	@$(PYTHON) -m benchmarks.integrity $(ARGS)

benchmark-walks:  ## five walks through the portal in clicks, keystrokes and pages; ARGS="--before ../older-checkout --ways"
	@$(PYTHON) -m benchmarks.walks $(ARGS)

benchmark-matching:  ## how long filling all places takes, and what it is worth beside simpler ways; ARGS="--people 5000"
	@.environments/expert-service-test/bin/python -m benchmarks.matching $(ARGS)

parity:  ## Label Studio's own tests, on stock and with the extension; DATABASE=sqlite or postgresql for one of them
	@$(PYTHON) -m tests.parity.run $(DATABASE)

parity-sample:  ## a sixth of them in two minutes, on SQLite
	@$(PYTHON) -m tests.parity.run --sample sqlite

lint:  ## ruff and mypy
	@$(PYTHON) -m tests.run --lint

docs:  ## write what is generated: docs/configuration.md, docs/cli.md, docs/domain-pack-fields.md (after make test, in its environment)
	@$(PYTHON) -m ls_expert_plugin.config.reference > docs/configuration.md
	@$(PYTHON) -m ls_expert_plugin.cli.reference > docs/cli.md
	@.environments/expert-service-test/bin/python -m ls_expert_plugin.domains.reference > docs/domain-pack-fields.md

docker-test:  ## build the images, bring them up with PostgreSQL and Redis, walk the main job
	@docker/test.sh

clean:  ## remove the environments; data stays
	rm -rf .environments
