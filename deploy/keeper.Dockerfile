# The keeper with its gateway. From the root of a clone: docker build -f deploy/keeper.Dockerfile -t 4ever-keeper .
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/heal-install.mjs scripts/install-state.mjs scripts/
COPY sdk/package.json sdk/
COPY keepers/package.json keepers/
COPY subgraph/package.json subgraph/
COPY web/package.json web/
RUN npm ci --omit=dev --ignore-scripts --workspace=@4ever/sdk --workspace=@4ever/keepers

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# Whole, since a workspace may have packages of its own versions beside it.
COPY --from=packages /app .
COPY sdk/src sdk/src
COPY keepers/src keepers/src
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 7101
ENTRYPOINT ["node", "keepers/src/main.ts"]
CMD ["start", "--config", "/config/keeper.json"]
