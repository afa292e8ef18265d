// Package layout writes small OCI image layouts.
package layout

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Created is the one time that stands in all generated images.
var Created = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)

// Layout collects blobs and the descriptors of index.json; Close writes index.json.
type Layout struct {
	folder  string
	entries []ocispec.Descriptor
}

// New makes an empty layout in a folder that does not exist yet.
func New(folder string) (*Layout, error) {
	if err := os.MkdirAll(filepath.Join(folder, "blobs", "sha256"), 0o755); err != nil {
		return nil, err
	}
	marker, err := json.Marshal(ocispec.ImageLayout{Version: ocispec.ImageLayoutVersion})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, ocispec.ImageLayoutFile), marker, 0o644); err != nil {
		return nil, err
	}
	return &Layout{folder: folder}, nil
}

// AddBlob stores bytes under their digest.
func (l *Layout) AddBlob(mediaType string, content []byte) (ocispec.Descriptor, error) {
	descriptor := ocispec.Descriptor{
		MediaType: mediaType,
		Digest:    digest.FromBytes(content),
		Size:      int64(len(content)),
	}
	path := filepath.Join(l.folder, "blobs", descriptor.Digest.Algorithm().String(), descriptor.Digest.Encoded())
	return descriptor, os.WriteFile(path, content, 0o644)
}

// AddJSON stores a document as compact JSON.
func (l *Layout) AddJSON(mediaType string, document any) (ocispec.Descriptor, error) {
	content, err := json.Marshal(document)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	return l.AddBlob(mediaType, content)
}

// AddImage stores an image of one layer that holds one text file.
func (l *Layout) AddImage(text string, platform ocispec.Platform) (ocispec.Descriptor, error) {
	archive, err := archiveOf("hello.txt", text)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	if _, err := writer.Write(archive); err != nil {
		return ocispec.Descriptor{}, err
	}
	if err := writer.Close(); err != nil {
		return ocispec.Descriptor{}, err
	}
	layer, err := l.AddBlob(ocispec.MediaTypeImageLayerGzip, compressed.Bytes())
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	config, err := l.AddJSON(ocispec.MediaTypeImageConfig, ocispec.Image{
		Created:  &Created,
		Platform: platform,
		RootFS:   ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromBytes(archive)}},
	})
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	return l.AddJSON(ocispec.MediaTypeImageManifest, ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest,
		Config:    config,
		Layers:    []ocispec.Descriptor{layer},
	})
}

// AddIndex stores an index of images; each descriptor should carry its platform.
func (l *Layout) AddIndex(images []ocispec.Descriptor) (ocispec.Descriptor, error) {
	return l.AddJSON(ocispec.MediaTypeImageIndex, ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageIndex,
		Manifests: images,
	})
}

// AddSignature stores an envelope with a signature manifest whose subject is the given image.
func (l *Layout) AddSignature(subject ocispec.Descriptor, signature Signature) (ocispec.Descriptor, error) {
	configType, artifactType := ocispec.MediaTypeEmptyJSON, SignatureArtifactType
	if signature.LegacyForm {
		configType, artifactType = SignatureArtifactType, ""
	}
	config, err := l.AddBlob(configType, []byte("{}"))
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	envelope, err := l.AddBlob(signature.MediaType, signature.Envelope)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	target := ocispec.Descriptor{MediaType: subject.MediaType, Digest: subject.Digest, Size: subject.Size}
	descriptor, err := l.AddJSON(ocispec.MediaTypeImageManifest, ocispec.Manifest{
		Versioned:    specs.Versioned{SchemaVersion: 2},
		MediaType:    ocispec.MediaTypeImageManifest,
		ArtifactType: artifactType,
		Config:       config,
		Layers:       []ocispec.Descriptor{envelope},
		Subject:      &target,
		Annotations:  signature.Annotations,
	})
	descriptor.ArtifactType = SignatureArtifactType
	descriptor.Annotations = signature.Annotations
	return descriptor, err
}

// Signature is an envelope and what its manifest says about it.
type Signature struct {
	MediaType   string
	Envelope    []byte
	Annotations map[string]string
	LegacyForm  bool // the manifest's config, not the manifest, carries the artifact type
}

// SignatureArtifactType is what a Notary Project signature calls itself in a registry.
const SignatureArtifactType = "application/vnd.cncf.notary.signature"

// List puts a descriptor into index.json; with a tag it can be found by name.
func (l *Layout) List(descriptor ocispec.Descriptor, tag string) {
	if tag != "" {
		descriptor.Annotations = map[string]string{ocispec.AnnotationRefName: tag}
	}
	l.entries = append(l.entries, descriptor)
}

// Close writes index.json.
func (l *Layout) Close() error {
	content, err := json.MarshalIndent(ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageIndex,
		Manifests: l.entries,
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.folder, ocispec.ImageIndexFile), append(content, '\n'), 0o644)
}

func archiveOf(name, text string) ([]byte, error) {
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	header := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), ModTime: Created, Format: tar.FormatUSTAR}
	if err := writer.WriteHeader(header); err != nil {
		return nil, fmt.Errorf("layer: %w", err)
	}
	if _, err := writer.Write([]byte(text)); err != nil {
		return nil, fmt.Errorf("layer: %w", err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("layer: %w", err)
	}
	return archive.Bytes(), nil
}
