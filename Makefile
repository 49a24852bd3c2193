# Everything a developer runs. `make help` lists it.

.PHONY: help demo test bench soak lanes package audit fmt
.DEFAULT_GOAL := help

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## Relais with a mail server of its own: DEMO_LISTEN, DEMO_MESSAGES, DEMO_DATA (Ctrl-C stops it all)
	scripts/install mail
	cargo build --release --locked -p relais -p lab --bin relais --bin demo
	@exec "$${CARGO_TARGET_DIR:-target}/release/demo"

test: ## Format, lints, docs, licences, every test: with real servers and a real browser
	scripts/install
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
	cargo deny --locked check bans licenses sources
	# Most of them wait for servers and deadlines.
	RUST_TEST_THREADS=$$(( 4 * $$(nproc) )) cargo test --locked --workspace

bench: ## Pages against the raw IMAP commands for them, at 1,000, 100,000 and 1,000,000 messages; what accepting costs
	scripts/install bench
	cargo bench --profile dist --locked --bench pages --bench find

soak: ## What takes longer than a test may
	scripts/install soak
	cargo bench --profile dist --locked --bench soak
	scripts/try-cyrus

lanes: ## How the rules of lanes do on labelled messages: confusion tables, both halves
	scripts/install lanes
	cargo run -q --locked --example lanes -- --apart target/lanes/datasets-spam-assassin-0.2.3

package: ## The Debian package, and whether it installs and serves on a Debian that has nothing else
	scripts/install package
	rm -f target/debian/relais_*.deb
	cargo deb --locked --profile dist
	scripts/try-package target/debian/relais_*.deb

audit: ## Known vulnerabilities among our dependencies (asks the network)
	scripts/install deny
	cargo deny --locked check advisories

fmt: ## Format the code
	cargo fmt --all
