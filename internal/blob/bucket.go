package blob

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"bugbar/internal/fault"
)

// bucket keeps files in a bucket of a server that speaks S3.
type bucket struct {
	client *minio.Client
	name   string
	prefix string // empty, or ends in a slash
}

// openBucket reads s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION. Without an endpoint it is
// Amazon's.
func openBucket(ctx context.Context, name string) (Store, error) {
	u, err := url.Parse(name)
	if err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "no bucket is named").Do("s3://BUCKET/PREFIX?endpoint=https://HOST")
	}
	if u.User != nil {
		return nil, fault.New(fault.Invalid, "keys stand in the name of a bucket, where others see them").Do("put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	endpoint := u.Query().Get("endpoint")
	if endpoint == "" {
		endpoint = "https://s3.amazonaws.com"
	}
	server, err := url.Parse(endpoint)
	if err != nil || server.Host == "" || server.Scheme != "https" && server.Scheme != "http" {
		return nil, fault.New(fault.Invalid, "endpoint: no web address").Do("endpoint=https://HOST:PORT")
	}
	client, err := minio.New(server.Host, &minio.Options{
		Creds:  credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.EnvMinio{}}),
		Secure: server.Scheme == "https",
		Region: u.Query().Get("region"),
	})
	if err != nil {
		return nil, fault.New(fault.Invalid, "bucket %s: %w", u.Host, err)
	}
	b := &bucket{client: client, name: u.Host}
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		b.prefix = prefix + "/"
	}
	found, err := client.BucketExists(ctx, b.name)
	if err != nil {
		return nil, b.trouble(err)
	}
	if !found {
		return nil, fault.New(fault.NotFound, "there is no bucket %s", b.name).Do("make it first: it is the operator's to choose where and how it is kept")
	}
	return b, nil
}

func (b *bucket) trouble(err error) error {
	if err == nil {
		return nil
	}
	if _, known := errors.AsType[*fault.Error](err); known || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.New(fault.Unavailable, "attachments in bucket %s: %w", b.name, err).Do("check the server and the keys in the environment")
}

// Close does nothing: there is no connection that stays.
func (b *bucket) Close() error { return nil }

func (b *bucket) key(sum string) string { return b.prefix + path.Join(sum[:2], sum[2:4], sum) }

// Put writes to a file first, since the name in the bucket is known only at the end. The server is told
// the digest and refuses what arrives damaged.
func (b *bucket) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	spool, err := os.CreateTemp("", "bugbar-upload-*")
	if err != nil {
		return Ref{}, trouble(err)
	}
	defer func() { _ = errors.Join(spool.Close(), os.Remove(spool.Name())) }()
	in := newIntake(r, limit)
	if _, err := io.Copy(spool, cancelled{ctx, in}); err != nil {
		return Ref{}, trouble(err)
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return Ref{}, trouble(err)
	}
	ref := in.ref()
	_, err = b.client.PutObject(ctx, b.name, b.key(ref.SHA256), spool, ref.Size, minio.PutObjectOptions{
		ContentType: "application/octet-stream", SendContentMd5: true,
		DisableContentSha256: ref.Size == 0, // in chunks, an empty file has no length, which servers refuse
	})
	return ref, b.trouble(err)
}

// Open reads a file.
func (b *bucket) Open(ctx context.Context, sum string) (io.ReadCloser, error) {
	if err := checkName(sum); err != nil {
		return nil, err
	}
	object, err := b.client.GetObject(ctx, b.name, b.key(sum), minio.GetObjectOptions{})
	if err != nil {
		return nil, b.trouble(err)
	}
	if _, err := object.Stat(); err != nil { // the first answer of the server
		_ = object.Close()
		if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
			return nil, missing(sum)
		}
		return nil, b.trouble(err)
	}
	return verify(object, sum), nil
}

// Each names the files.
func (b *bucket) Each(ctx context.Context, visit func(Ref, time.Time) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // ends the listing when visit stops it
	for object := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if object.Err != nil {
			return b.trouble(object.Err)
		}
		sum := path.Base(object.Key)
		if !digests.MatchString(sum) {
			continue // not ours
		}
		if err := visit(Ref{sum, object.Size}, object.LastModified); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Remove forgets a file.
func (b *bucket) Remove(ctx context.Context, sum string) error {
	if err := checkName(sum); err != nil {
		return err
	}
	return b.trouble(b.client.RemoveObject(ctx, b.name, b.key(sum), minio.RemoveObjectOptions{}))
}
