#!/bin/sh
# Makes the secrets and settings of compose.yaml beside it, once; what is there already stays as it is.
# Run as root in the folder of compose.yaml: sh compose/secrets.sh letters.example.gov.cn
set -eu
site=${1:?the name that people know the site by}
umask 077
mkdir -p secrets city-settings
make() { # FILE COMMAND...: the command's output becomes the file
    file=secrets/$1
    shift
    [ -s "$file" ] || "$@" > "$file"
}
make master.key openssl rand 32
make metrics.token openssl rand -hex 32
make mongo.key openssl rand -base64 756
make mongo.password openssl rand -hex 24
make elastic.password openssl rand -hex 24
make search.password openssl rand -hex 24
make search.url printf 'http://minxin:%s@elastic:9200' "$(cat secrets/search.password)"
make store.url printf 'mongodb://minxin:%s@mongo-1:27017,mongo-2:27017,mongo-3:27017/minxin?replicaSet=minxin&authSource=admin' \
    "$(cat secrets/mongo.password)"
# To try it out: put the site's own certificate in its place.
[ -s secrets/tls.crt ] || openssl req -x509 -newkey rsa:3072 -nodes -days 30 -subj "/CN=$site" \
    -addext "subjectAltName=DNS:$site" -keyout secrets/tls.key -out secrets/tls.crt
[ -s city-settings/minxin.toml ] || sed "s/letters.example.gov.cn/$site/" compose/minxin.toml > city-settings/minxin.toml
# Each is read by the one user inside of its container who needs it: 10001 the service, 999 mongod, 1000 Elasticsearch,
# and the group 101 is nginx.
chmod 600 secrets/*
chmod 755 city-settings
chmod 644 city-settings/minxin.toml
chown 10001:10001 secrets/*
chown 999:999 secrets/mongo.key
chown 1000:1000 secrets/elastic.password secrets/search.password
chown 10001:101 secrets/tls.crt secrets/tls.key
chmod 640 secrets/tls.crt secrets/tls.key
