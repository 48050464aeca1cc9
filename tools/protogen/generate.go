package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// openAPIFile is where the node finds the document that it serves.
const openAPIFile = "app/openapi.json"

// imports names the modules that proto files import from, and the folder of
// each that import paths start at.
var imports = []struct{ module, folder string }{
	{"github.com/cosmos/cosmos-sdk", "proto"},
	{"github.com/cosmos/gogoproto", "."},
	{"github.com/cosmos/cosmos-proto", "proto"},
	{"github.com/cometbft/cometbft", "proto"},
	{"github.com/grpc-ecosystem/grpc-gateway", "third_party/googleapis"},
}

// served are the proto files of the SDK whose REST routes the node serves
// beside our own, so that the OpenAPI document is complete.
var served = []string{
	"cosmos/auth/v1beta1/query.proto",
	"cosmos/base/node/v1beta1/query.proto",
	"cosmos/base/tendermint/v1beta1/query.proto",
	"cosmos/consensus/v1/query.proto",
	"cosmos/tx/v1beta1/service.proto",
	"cosmos/upgrade/v1beta1/query.proto",
}

// anyType keeps google.protobuf.Any the type that the SDK packs messages into.
const anyType = "Mgoogle/protobuf/any.proto=github.com/cosmos/gogoproto/types/any"

// generate returns every generated file by its path in the tree.
func generate() (map[string][]byte, error) {
	own, err := protoFiles("proto")
	if err != nil {
		return nil, err
	}
	compiled, err := compile(append(own, served...))
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte)
	for _, pkg := range packages(own) { // the Go plugins take one package at a time
		if err := run(files, "protoc-gen-gocosmos", "plugins=grpc,"+anyType, pkg, compiled); err != nil {
			return nil, err
		}
		if err := run(files, "protoc-gen-grpc-gateway", "logtostderr=true,allow_colon_final_segments=true", pkg, compiled); err != nil {
			return nil, err
		}
	}
	const options = "logtostderr=true,allow_merge=true,merge_file_name=openapi,fqn_for_swagger_name=true"
	return files, run(files, "protoc-gen-swagger", options, append(own, served...), compiled)
}

// packages groups files by their folder.
func packages(files []string) [][]string {
	var groups [][]string
	for i, file := range files {
		if i == 0 || filepath.Dir(file) != filepath.Dir(files[i-1]) {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], file)
	}
	return groups
}

// protoFiles lists the proto files below a folder by their import path.
func protoFiles(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".proto" {
			relative, err := filepath.Rel(root, path)
			files = append(files, filepath.ToSlash(relative))
			return err
		}
		return err
	})
	return files, err
}

func compile(files []string) (linker.Files, error) {
	paths := []string{"proto"}
	for _, from := range imports {
		dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", from.module).Output()
		if err != nil {
			return nil, fmt.Errorf("%s is not in the module cache, run \"go mod download\": %w", from.module, err)
		}
		paths = append(paths, filepath.Join(strings.TrimSpace(string(dir)), from.folder))
	}
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: paths}),
		SourceInfoMode: protocompile.SourceInfoStandard, // the comments become doc comments
	}
	return compiler.Compile(context.Background(), files...)
}

// run feeds one plugin and adds its files to out by their path in the tree.
func run(out map[string][]byte, plugin, options string, files []string, compiled linker.Files) error {
	request := &pluginpb.CodeGeneratorRequest{FileToGenerate: files, Parameter: &options}
	seen := make(map[string]bool)
	for _, file := range compiled {
		request.ProtoFile = withImports(request.ProtoFile, seen, file)
	}
	if plugin == "protoc-gen-swagger" {
		onePackage(request)
	}
	in, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "tool", plugin)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", plugin, err)
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(raw, &response); err != nil {
		return err
	}
	if response.Error != nil {
		return errors.New(*response.Error)
	}
	for _, file := range response.File {
		out[treePath(file.GetName())] = []byte(titled(file.GetContent()))
	}
	return nil
}

// onePackage gives all files to generate one Go package, which the OpenAPI
// plugin insists on although its output names none.
func onePackage(request *pluginpb.CodeGeneratorRequest) {
	for _, file := range request.ProtoFile {
		if slices.Contains(request.FileToGenerate, file.GetName()) {
			file.Options.GoPackage = proto.String(module + "/openapi")
		}
	}
}

// treePath maps the name a plugin gives to a file to its place in the tree.
func treePath(name string) string {
	if strings.HasSuffix(name, ".swagger.json") {
		return openAPIFile
	}
	return strings.TrimPrefix(name, module+"/")
}

// titled replaces the title that the OpenAPI plugin makes up from the name of
// the first file.
func titled(content string) string {
	return strings.Replace(content, `"title": "dmdl/consortium/v1/consortium.proto",
    "version": "version not set"`, `"title": "DMDL",
    "version": "v1"`, 1)
}

// withImports appends a file after everything that it imports.
func withImports(files []*descriptorpb.FileDescriptorProto, seen map[string]bool, file protoreflect.FileDescriptor) []*descriptorpb.FileDescriptorProto {
	if seen[file.Path()] {
		return files
	}
	seen[file.Path()] = true
	for i := range file.Imports().Len() {
		files = withImports(files, seen, file.Imports().Get(i).FileDescriptor)
	}
	descriptor := protoutil.ProtoFromFileDescriptor(file)
	if descriptor.SourceCodeInfo == nil { // files that the compiler brings itself have no comments
		descriptor.SourceCodeInfo = &descriptorpb.SourceCodeInfo{}
	}
	return append(files, descriptor)
}
