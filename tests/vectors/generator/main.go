// The generator writes the vectors of tests/vectors: the same octets in every run.
package main

import "flag"

func main() {
	folder := flag.String("out", "..", "the folder that holds cases and certificates, which are replaced")
	flag.Parse()
	makeWorld()
	jwsCases()
	coseCases()
	payloadCases()
	metadataCases()
	pluginCases()
	schemeCases()
	mediaTypes()
	levelCases()
	certificateCases()
	storeCases()
	keyBoundCases()
	policyCases()
	identityCases()
	timestampCases()
	encodingCases()
	revocationCases()
	referenceCases()
	write(*folder)
}
