FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked --bin relais

FROM debian:bookworm-slim
# The roots that mail servers' certificates are verified against.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent relais \
 && install -d -m 0700 -o relais -g relais /var/lib/relais /var/lib/relais-key
COPY --from=build /src/target/dist/relais /usr/local/bin/relais

USER relais
# The key file is on a volume of its own: a copy of the data alone opens nothing.
ENV RELAIS_LISTEN=0.0.0.0:8080 \
    RELAIS_DATA=/var/lib/relais \
    RELAIS_KEY_FILE=/var/lib/relais-key/relais.key
VOLUME ["/var/lib/relais", "/var/lib/relais-key"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/local/bin/relais", "health"]
ENTRYPOINT ["/usr/local/bin/relais"]
CMD ["serve"]
