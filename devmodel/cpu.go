package devmodel

import (
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"
)

var numCPU = runtime.NumCPU()

// cpuFlags are the compiler's flags for this processor: a level that all of its kind have, and what it has
// on top. They are spelled out, not -march=native, so that the binary's name can carry them: a cache that
// moves to another machine is then built again there, instead of dying of an illegal instruction.
func cpuFlags() []string {
	switch runtime.GOARCH {
	case "amd64":
		return append([]string{"-march=" + amd64Level()}, amd64Extras()...)
	case "arm64":
		return []string{"-march=" + arm64Level()}
	}
	return nil
}

// cpuName is cpuFlags as a part of a file name: x86-64-v4+avx512vnni.
func cpuName() string {
	name := runtime.GOARCH
	for i, f := range cpuFlags() {
		if i == 0 {
			name = strings.TrimPrefix(f, "-march=")
			continue
		}
		name += "+" + strings.TrimPrefix(f, "-m")
	}

	return name
}

func amd64Level() string {
	x := cpu.X86
	v3 := x.HasAVX2 && x.HasBMI1 && x.HasBMI2 && x.HasFMA && x.HasPOPCNT && x.HasOSXSAVE
	switch {
	case v3 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512CD && x.HasAVX512DQ && x.HasAVX512VL:
		return "x86-64-v4"
	case v3:
		return "x86-64-v3"
	case x.HasSSE42 && x.HasPOPCNT:
		return "x86-64-v2"
	}

	return "x86-64"
}

// amd64Extras are the instructions that the matrix code uses where it finds them.
func amd64Extras() (flags []string) {
	if amd64Level() != "x86-64-v4" {
		return nil
	}

	for _, f := range []struct {
		flag string
		has  bool
	}{
		{"-mavx512vbmi", cpu.X86.HasAVX512VBMI},
		{"-mavx512vnni", cpu.X86.HasAVX512VNNI},
		{"-mavx512bf16", cpu.X86.HasAVX512BF16},
	} {
		if f.has {
			flags = append(flags, f.flag)
		}
	}

	return flags
}

func arm64Level() string {
	level := "armv8-a"
	if a := cpu.ARM64; a.HasASIMDDP && a.HasFPHP && a.HasASIMDHP {
		level = "armv8.2-a+dotprod+fp16"
	}
	return level
}
