#!/bin/sh
# Makes the role and the user that the service searches as; run again it changes nothing else. Secrets travel by files
# and standard input, for arguments are shown to everybody on the machine.
set -eu
umask 077
elastic=${ELASTIC:-http://elastic:9200}
secrets=${SECRETS:-/run/secrets}
login=$(mktemp)
trap 'rm -f "$login"' EXIT
printf 'user = "elastic:%s"\n' "$(cat "$secrets/elastic_password")" > "$login"
put() { # PATH: what is on standard input becomes that
    curl --silent --show-error --fail --output /dev/null --config "$login" \
        --header 'Content-Type: application/json' --request PUT "$elastic/$1" --data-binary @-
}
put _security/role/minxin <<'END'
{
  "cluster": ["manage_index_templates", "monitor"],
  "indices": [{"names": ["minxin-letters*"], "privileges": ["all"]}]
}
END
printf '{"password": "%s", "roles": ["minxin"]}' "$(cat "$secrets/search_password")" | put _security/user/minxin
