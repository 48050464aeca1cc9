package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// fetch makes a REST call to the first hospital's node.
func (c *command) fetch(method, path string) (int, []byte) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.ctx, strings.ToUpper(method), c.nodes[0].REST()+path, strings.NewReader("{}"))
	require.NoError(c.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	return response.StatusCode, body
}

// routes are the routes that /openapi.json lists, such as "get /some/path".
func (c *command) routes() []string {
	c.t.Helper()
	status, raw := c.fetch(http.MethodGet, "/openapi.json")
	require.Equal(c.t, http.StatusOK, status)
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	require.NoError(c.t, json.Unmarshal(raw, &document))
	var routes []string
	for path, methods := range document.Paths {
		for method := range methods {
			routes = append(routes, method+" "+path)
		}
	}
	slices.Sort(routes)
	return routes
}

// isServedOverREST asks every route of the document for something that is
// there. A route that is not served answers 501.
func (c *command) isServedOverREST(vault string) {
	c.t.Helper()
	status, raw := c.fetch(http.MethodGet, "/dmdl/records/v1/records/1/42/0")
	require.Equal(c.t, http.StatusOK, status, "%s", raw)
	require.Contains(c.t, string(raw), `"batch":"42"`)
	status, raw = c.fetch(http.MethodGet, "/dmdl/records/v1/records/1/99/0")
	require.Equal(c.t, http.StatusNotFound, status)
	require.Contains(c.t, string(raw), "there is no batch (1, 99)")
	status, _ = c.fetch(http.MethodGet, "/dmdl/records/v1/nonsense")
	require.Equal(c.t, http.StatusNotImplemented, status)

	var account struct {
		Info struct {
			Number string `json:"account_number"`
		} `json:"info"`
	}
	_, raw = c.fetch(http.MethodGet, "/cosmos/auth/v1beta1/account_info/"+vault)
	require.NoError(c.t, json.Unmarshal(raw, &account))
	fill := strings.NewReplacer(
		"batches/{institution}/{number}/leaves", "batches/1/42/leaves", "batches/{institution}/{number}", "batches/1/3", "subjects/{institution}/{number}", "subjects/1/7",
		"{index}", "1", "{root}", strings.Repeat("0a", 32), "{version}", "1", "{vault}", vault,
		"{batch}", "42", "{leaf}", "1", "{institution}", "1", "{number}", "1", "{id}", "1", "{address}", vault, "{account_id}", account.Info.Number,
		"{height}", "2", "{last_height}", "2", "{name}", "consortium", "{hash}", strings.Repeat("0A", 32),
		"{address_string}", vault, "{address_bytes}", "AAAA",
	)
	for _, route := range c.routes() {
		method, path, _ := strings.Cut(route, " ")
		path = fill.Replace(path)
		require.NotContains(c.t, path, "{")
		status, raw := c.fetch(method, path)
		if strings.HasSuffix(path, "/licences/1/1") { // nobody asked for one in this story
			require.Contains(c.t, string(raw), "licence not found")
			continue
		}
		require.NotEqual(c.t, http.StatusNotImplemented, status, "%s: %s", route, raw)
		if strings.HasPrefix(path, "/dmdl/") && method == "get" { // a question that is posted must be signed
			require.Equal(c.t, http.StatusOK, status, "%s: %s", route, raw)
		}
		if path != "/cosmos/auth/v1beta1/module_accounts/consortium" { // no module has an account
			require.NotEqual(c.t, http.StatusNotFound, status, "%s: %s", route, raw)
		}
	}
}

// isServedOverGRPC lists the services by reflection, and checks that what they
// declare for REST is listed in /openapi.json or not served.
func (c *command) isServedOverGRPC() {
	c.t.Helper()
	conn, err := grpc.NewClient(c.nodes[0].GRPC(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(c.t, err)
	defer conn.Close()
	// The framework serves the version before v1, whose messages are the same.
	stream, err := conn.NewStream(c.ctx, &reflectionpb.ServerReflection_ServiceDesc.Streams[0], "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
	require.NoError(c.t, err)
	ask := func(request *reflectionpb.ServerReflectionRequest) *reflectionpb.ServerReflectionResponse {
		require.NoError(c.t, stream.SendMsg(request))
		response := new(reflectionpb.ServerReflectionResponse)
		require.NoError(c.t, stream.RecvMsg(response))
		require.Nil(c.t, response.GetErrorResponse(), "%v", request)
		return response
	}
	files := make(map[string]*descriptorpb.FileDescriptorProto)
	var services []string
	list := ask(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}})
	for _, service := range list.GetListServicesResponse().Service {
		services = append(services, service.Name)
		response := ask(&reflectionpb.ServerReflectionRequest{
			MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service.Name},
		})
		for _, raw := range response.GetFileDescriptorResponse().FileDescriptorProto {
			var file descriptorpb.FileDescriptorProto
			require.NoError(c.t, proto.Unmarshal(raw, &file))
			files[file.GetName()] = &file
		}
	}
	for _, own := range []string{"dmdl.consortium.v1.Query", "dmdl.records.v1.Query", "dmdl.access.v1.Query", "dmdl.copyright.v1.Query", "cosmos.tx.v1beta1.Service", "cosmos.auth.v1beta1.Query"} {
		require.Contains(c.t, services, own)
	}
	listed, declared := c.routes(), offered(services, files)
	require.Subset(c.t, declared, listed)
	for _, route := range declared {
		if !slices.Contains(listed, route) {
			method, path, _ := strings.Cut(route, " ")
			status, raw := c.fetch(method, parameter.ReplaceAllString(path, "1"))
			require.Equal(c.t, http.StatusNotImplemented, status, "%s is served and not listed: %s", route, raw)
		}
	}
}

// parameter is a part of a route that callers fill in.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

// offered are the REST routes that the methods of services declare.
func offered(services []string, files map[string]*descriptorpb.FileDescriptorProto) []string {
	var routes []string
	for _, file := range files {
		for _, service := range file.Service {
			if !slices.Contains(services, file.GetPackage()+"."+service.GetName()) {
				continue
			}
			for _, method := range service.Method {
				if !proto.HasExtension(method.Options, annotations.E_Http) {
					continue
				}
				rule := proto.GetExtension(method.Options, annotations.E_Http).(*annotations.HttpRule)
				for _, r := range append([]*annotations.HttpRule{rule}, rule.AdditionalBindings...) {
					if r.GetGet() != "" {
						routes = append(routes, "get "+r.GetGet())
					} else {
						routes = append(routes, "post "+r.GetPost())
					}
				}
			}
		}
	}
	slices.Sort(routes)
	return routes
}
