// Package cloud lets a vault keep its bodies in S3 and what speaks like it
// ("s3://bucket?region=..."), in Google Cloud Storage ("gs://bucket") and in
// Azure ("azblob://container"). Import it for that effect; it is apart from
// package vault because of the weight of what it brings.
package cloud

import (
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/gcsblob"   // gs://
	_ "gocloud.dev/blob/s3blob"    // s3://
)
