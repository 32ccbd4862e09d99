// Renders and checks what deploy/ holds, with the very code of Helm, Kubernetes and Compose, without any of their servers.
//
//	deploy-check chart DIR RELEASE [VALUES…]   lints a chart, renders it, reads each object strictly; prints the objects as JSON
//	deploy-check compose FILE…                 loads Compose files as `docker compose config` does; prints the project as JSON
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

const namespace = "4ever"

func main() {
	var err error
	switch {
	case len(os.Args) >= 4 && os.Args[1] == "chart":
		err = checkChart(os.Args[2], os.Args[3], os.Args[4:])
	case len(os.Args) >= 3 && os.Args[1] == "compose":
		err = checkCompose(os.Args[2:])
	default:
		err = errors.New("usage: deploy-check chart DIR RELEASE [VALUES...] | compose FILE...")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func checkChart(dir, release string, files []string) error {
	values, err := readValues(files)
	if err != nil {
		return err
	}
	if err := lintChart(dir, values); err != nil {
		return err
	}
	chart, err := loader.LoadDir(dir)
	if err != nil {
		return err
	}
	options := common.ReleaseOptions{Name: release, Namespace: namespace, Revision: 1, IsInstall: true}
	toRender, err := util.ToRenderValues(chart, values, options, common.DefaultCapabilities)
	if err != nil {
		return err
	}
	rendered, err := engine.Engine{Strict: true}.Render(chart, toRender)
	if err != nil {
		return err
	}
	return readObjects(rendered)
}

// Values of later files stand above those of earlier ones, as with `helm -f`.
func readValues(files []string) (map[string]any, error) {
	all := map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var values map[string]any
		if err := yaml.UnmarshalStrict(text, &values); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = util.MergeTables(values, all)
	}
	return all, nil
}

func lintChart(dir string, values map[string]any) error {
	var found []error
	for _, message := range lint.RunAll(dir, values, namespace).Messages {
		if message.Severity >= support.WarningSev {
			found = append(found, message)
		}
	}
	return errors.Join(found...)
}

// Each object is decoded into the type that its version and kind name; fields that the type does not have, or has twice, are errors.
func readObjects(rendered map[string]string) error {
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	names := make([]string, 0, len(rendered))
	for name := range rendered {
		if slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	objects := []any{}
	var failed []error
	for _, name := range names {
		for _, text := range strings.Split("\n"+rendered[name], "\n---") {
			if strings.TrimSpace(text) == "" {
				continue
			}
			var object any
			if err := yaml.UnmarshalStrict([]byte(text), &object); err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", name, err))
				continue
			}
			if object == nil {
				continue // comments only
			}
			if _, _, err := decoder.Decode([]byte(text), nil, nil); err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", name, err))
			}
			objects = append(objects, object)
		}
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(objects)
}

func checkCompose(files []string) error {
	options, err := cli.NewProjectOptions(files, cli.WithOsEnv, cli.WithInterpolation(true), cli.WithName("4ever"), cli.WithProfiles([]string{"*"}))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	text, err := project.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}
