set -e
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj "/O=Example/CN=CRL CA" -days 3650 2>/dev/null
# status, expiry, revocation[,reason[,extra]], serial, file, subject
printf 'R\t301231235959Z\t260101000000Z\t01\tunknown\t/CN=a\n' > index.txt
printf 'R\t301231235959Z\t260102030405Z,keyTime,20251224000000Z\t7FEEDDCCBBAA99887766554433221100\tunknown\t/CN=b\n' >> index.txt
printf 'R\t301231235959Z\t260103000000Z,superseded\t02\tunknown\t/CN=c\n' >> index.txt
printf 'R\t301231235959Z\t260104000000Z,holdInstruction,holdInstructionReject\t80\tunknown\t/CN=d\n' >> index.txt
printf 'R\t301231235959Z\t500105000000Z,removeFromCRL\tFF01\tunknown\t/CN=e\n' >> index.txt
echo 0123456789ABCDEF0123 > crlnumber
openssl ca -gencrl -config openssl.cnf -keyfile ca.key -cert ca.pem -out full.pem
openssl crl -in full.pem -outform DER -out openssl-full.der
: > index.txt; sed 's/^crl_extensions.*//' openssl.cnf > plain.cnf; sed -i 's/^crlnumber.*//' plain.cnf
openssl ca -gencrl -config plain.cnf -keyfile ca.key -cert ca.pem -out empty.pem
openssl crl -in empty.pem -outform DER -out openssl-version-1.der
openssl x509 -in ca.pem -outform DER -out ca.der
