# The service as an ordinary user, on a database of its own (DATABASE_URL): the embedded one is for a single machine.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm pack --silent --pack-destination /tmp

FROM node:24-slim
RUN groupadd --system orgonaut && useradd --system --gid orgonaut --create-home orgonaut \
  && mkdir -p /opt/orgonaut /data && chown orgonaut:orgonaut /opt/orgonaut /data
USER orgonaut
WORKDIR /opt/orgonaut
COPY --from=build /tmp/orgonaut-*.tgz /tmp/orgonaut.tgz
RUN npm init -y >/dev/null && npm install --omit=dev --no-audit --no-fund /tmp/orgonaut.tgz
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
CMD ["node_modules/.bin/orgonaut", "serve"]
