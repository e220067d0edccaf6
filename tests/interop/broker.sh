# A device behind a broker: the CA is what it always is, and does not know.

brokered() { # OPTION..
    limited "$broker" --url "$url" --out "$dir/device" --fingerprint "$(fingerprint "$ca")" "$@"
}

broker_success() { # OPTION..
    brokered --challenge secret --subject-cn "interop $RANDOM" "$@"
    issued "$dir/device/cert.pem" "$ca"
    same_key "$dir/device/key.pem" "$dir/device/cert.pem"
}

# broker_refusal REASON OPTION..: there is no certificate.
broker_refusal() {
    local status=0 reason=$1
    shift
    brokered --subject-cn "interop broker" "$@" || status=$?
    ((status == 1)) && [[ ! -s $dir/device/cert.pem ]] && grep -q "$reason" "$dir/log"
}

broker_wrong_challenge() { # OPTION..
    broker_refusal 'the CA refuses: badRequest' --challenge wrong "$@"
}

# What the service has on record is another name: nothing goes to the CA.
broker_mismatch() { # OPTION..
    broker_refusal 'the service refuses: the request is not what the service has on record' \
        --challenge secret --asks-for director "$@"
}

# Another certificate than the CA's is what the profile pins.
broker_stranger() { # OPTION..
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=stranger -keyout "$dir/stranger.key" -out "$dir/stranger.pem"
    ca=$dir/stranger.pem broker_refusal 'no certificate has the configured fingerprint' --challenge secret "$@"
}
