# Nevus. `make` builds build/nevus and build/libnevus.a; `make demo` shows the whole thing; `make check` tests it.
#
# Knobs, each given on the command line (make CC=clang OPENMP=0):
#   CC        the C compiler                               CFLAGS   optimisation and debugging, default -O2 -g
#   OPENMP    1 or 0: threads; default: 1 if CC can         ISA      kernels built beside plain C: "avx2 avx512 shani", "neon" or ""
#   CROSS     tool prefix, such as aarch64-linux-gnu-       RUN      runs a built program, such as "qemu-aarch64 -L ..."
#   SANITIZE  1: AddressSanitizer and UndefinedBehaviorSanitizer
#   BUILD     where everything is built, default build      PREFIX, DESTDIR   where `make install` puts things
#   V         1: show whole commands
#   TEST      limits `make test` to test programs whose path contains this word
#   NEVUS_SHARED   folder of the real data that some tests read; they say SKIP without it

CC       = $(CROSS)gcc
AR       = $(CROSS)ar
NM       = $(CROSS)nm
CFLAGS   = -O2 -g
BUILD    = build
PREFIX   = /usr/local
SANITIZE = 0
RUN      =
TEST     =

Q        = $(if $(filter 1,$(V)),,@)
SAY      = $(if $(filter 1,$(V)),@:,@printf '  %-4s %s\n')

MACHINE := $(shell $(CC) -dumpmachine)
OPENMP  ?= $(shell echo 'int main(void) { return 0; }' | $(CC) -fopenmp -x c - -o /dev/null 2>/dev/null && echo 1 || echo 0)
ISA     ?= $(if $(filter x86_64%,$(MACHINE)),avx2 avx512 shani)$(if $(filter aarch64%,$(MACHINE)),neon)

# What is never negotiable: the language, the warnings, and no contraction of a*b+c (nn/NUMERICS.md). gcc for s390x
# computes float in double where the standard allows it unless told that float is float.
WARN     = -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wvla -Wundef -Wstrict-prototypes \
           -Wmissing-prototypes -Wdouble-promotion -Werror
STD      = -std=c11 -ffp-contract=off $(if $(filter s390x%,$(MACHINE)),-fexcess-precision=fast)
CPPFLAGS = -I. $(foreach i,$(ISA),-DNEV_BUILD_$(i)=1)
THREADS  = $(if $(filter 1,$(OPENMP)),-fopenmp)
ifeq ($(SANITIZE),1)
SAN      = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Under the second one an unrolled kernel takes clang more than a minute of processor time, so it gets the first alone.
$(BUILD)/obj/nn/kernels/%.o $(BUILD)/obj/tests/support/lanes%.o: private SAN = -fsanitize=address -fno-omit-frame-pointer
endif
COMPILE  = $(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(SAN) $(THREADS) -MMD -MP
POSIX    = -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64
LDLIBS   = -lm

# One rule per instruction set: NAME_avx2.c in nn/kernels and forest/ and no other file sees the AVX2 flags;
# NAME_shani.c in nn/base those of the SHA-256 instructions.
flags_avx2   = -mavx2 -mfma
flags_avx512 = -mavx512f
flags_shani  = -msha -mssse3
isas         = avx2 avx512 neon shani

kernels  = $(filter-out $(foreach i,$(isas),%_$(i).c),$(wildcard nn/base/*.c nn/kernels/*.c forest/*.c forest/*/*.c)) \
           $(foreach i,$(ISA),$(wildcard nn/base/*_$(i).c nn/kernels/*_$(i).c forest/*/*_$(i).c))
lib_src  = $(wildcard nn/*.c weights/*.c weights/import/*.c io/*.c) $(kernels)
nets_src = $(wildcard nn/*.c weights/*.c) $(filter nn/%,$(kernels))
tool_src = $(filter-out tools/main.c tools/examples/%,$(wildcard tools/*.c tools/*/*.c))
test_src = $(wildcard tests/*/test_*.c)
help_src = $(wildcard tests/support/*.c)
bench_main = $(filter bench/networks.c bench/layers.c bench/compare.c bench/forest.c,$(wildcard bench/*.c))
bench_lib = $(filter-out $(bench_main) $(foreach i,$(isas),%_$(i).c),$(wildcard bench/*.c)) \
            $(foreach i,$(ISA),$(wildcard bench/*_$(i).c))
bench     = $(bench_main:%.c=$(BUILD)/%)

lib_obj  = $(lib_src:%.c=$(BUILD)/obj/%.o)
tool_obj = $(tool_src:%.c=$(BUILD)/obj/%.o)
test_sh  = $(wildcard tests/*/*.sh)
help_obj = $(help_src:%.c=$(BUILD)/obj/%.o)
tests    = $(foreach t,$(test_src:%.c=$(BUILD)/%),$(if $(TEST),$(if $(findstring $(TEST),$(t)),$(t)),$(t)))

# The rooms that read files; sanitizer builds compile nothing else (tests/fuzz/README.md).
reader_src = $(wildcard nn/base/*.c weights/*.c weights/import/*.c io/*.c) $(filter forest/%,$(kernels))
readers  = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_obj = $(patsubst %,$(BUILD)/obj/tests/fuzz/%.o,fuzz mutate pictures import specs)
fuzzers  = $(readers:%=$(BUILD)/tests/fuzz/fuzz_%)

scripts  = $(foreach t,$(test_sh),$(if $(TEST),$(if $(findstring $(TEST),$(t)),$(t)),$(t)))

.PHONY: FORCE all test check check-faults prove prove-log fuzz fuzzers live check-hostile refusals abroad bits slurm sklearn demo lint format bench install clean
.DELETE_ON_ERROR:

all: $(BUILD)/nevus $(BUILD)/libnevus.a

$(BUILD)/nevus: $(BUILD)/obj/tools/main.o $(BUILD)/libtools.a $(BUILD)/libnevus.a
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SAN) $(THREADS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libnevus.a: $(lib_obj)
	@rm -f $@
	$(SAY) AR $@
	$(Q)$(AR) rcs $@ $^

# Programs of a page that use the library alone; tests/tools/examples.sh runs them.
examples = $(patsubst tools/examples/%.c,$(BUILD)/examples/%,$(wildcard tools/examples/*.c))
$(BUILD)/examples/%: $(BUILD)/obj/tools/examples/%.o $(BUILD)/libnevus.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SAN) $(THREADS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The subcommands without main, so that tests can call them.
$(BUILD)/libtools.a: $(tool_obj)
	@rm -f $@
	$(SAY) AR $@
	$(Q)$(AR) rcs $@ $^

# $(BUILD)/flags changes when the compiler or a flag does, so that no stale object is ever linked.
$(BUILD)/flags: FORCE
	@mkdir -p $(BUILD)
	@echo '$(MACHINE) $(COMPILE)' | cmp -s - $@ || echo '$(MACHINE) $(COMPILE)' > $@

$(BUILD)/obj/%_avx2.o: %_avx2.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(COMPILE) $(flags_avx2) -c -o $@ $<

$(BUILD)/obj/%_avx512.o: %_avx512.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(COMPILE) $(flags_avx512) -c -o $@ $<

$(BUILD)/obj/%_shani.o: %_shani.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(COMPILE) $(flags_shani) -c -o $@ $<

$(BUILD)/obj/tools/%.o: tools/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(COMPILE) $(POSIX) -c -o $@ $<

$(BUILD)/obj/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(COMPILE) $(POSIX) -c -o $@ $<

# bench/peak_avx2.c and the like are named after the flags they need.
$(BUILD)/obj/bench/%.o: bench/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(COMPILE) $(POSIX) $(flags_$(lastword $(subst _, ,$*))) -c -o $@ $<

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(COMPILE) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(help_obj) $(BUILD)/libtools.a $(BUILD)/libnevus.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SAN) $(THREADS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# Every call in this list is made to fail in turn; the objects are the shipped ones.
fault_calls = aligned_alloc free realpath open64 close read write fsync rename link fchmod mkdir stat64 lstat64 fstat64 \
              mmap64 munmap fopen64 fread fclose opendir readdir64 closedir madvise sysconf clock_gettime
fault_obj   = $(BUILD)/obj/tests/fault/scene.o $(BUILD)/obj/tests/fault/inject.o
$(BUILD)/tests/fault/test_fault: $(BUILD)/obj/tests/fault/test_fault.o $(fault_obj) $(help_obj) \
                                 $(BUILD)/libtools.a $(BUILD)/libnevus.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SAN) $(THREADS) $(LDFLAGS) $(fault_calls:%=-Wl,--wrap=%) -o $@ $^ -lcmocka -ldl $(LDLIBS)

# An entry point with the plain main of replay.c; live_READER is the same with libFuzzer's.
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(fuzz_obj) $(BUILD)/obj/tests/fuzz/replay.o $(BUILD)/libreaders.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SAN) $(THREADS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/fuzz/live_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(fuzz_obj) $(BUILD)/libreaders.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SAN) -fsanitize=fuzzer $(THREADS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# What crafted inputs cost, counted (tests/fuzz/bounds.c); built with SAN=-fsanitize-coverage=trace-pc by tests/hostile.sh.
$(BUILD)/obj/tests/fuzz/counter.o $(BUILD)/obj/tests/fuzz/bounds.o: private override SAN =
$(BUILD)/tests/fuzz/bounds: $(patsubst %,$(BUILD)/obj/tests/fuzz/%.o,bounds counter specs) $(BUILD)/libreaders.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(THREADS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(BUILD)/libreaders.a: $(reader_src:%.c=$(BUILD)/obj/%.o)
	@rm -f $@
	$(SAY) AR $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/fuzz/seeds: $(patsubst %,$(BUILD)/obj/tests/fuzz/%.o,seeds seeds_import seeds_models specs) $(help_obj) \
                           $(BUILD)/libnevus.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SAN) $(THREADS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

fuzzers: $(fuzzers)
live: $(readers:%=$(BUILD)/tests/fuzz/live_%)

# Hostile bytes (tests/fuzz/README.md), with clang: `make fuzz SECONDS=60 READER=png` fuzzes one reader or all, so long each;
# check-hostile replays under the sanitizers, fuzzes briefly, prints how the shared pictures are judged and does refusals:
# is each refusal of a reader reached by a test (tests/refusals.sh)? `make check` has it in tests/fuzz/hostile.sh.
check-hostile: $(BUILD)/tests/io/test_conformance
refusals: $(BUILD)/tests/fuzz/seeds
	@BUILD='$(BUILD)' MAKE='$(MAKE)' sh tests/refusals.sh
fuzz check-hostile: $(BUILD)/tests/fuzz/seeds
	@BUILD='$(BUILD)' MAKE='$(MAKE)' READER='$(or $(READER),$(readers))' LIMIT='$(SECONDS)' sh tests/hostile.sh $@

# Print digests of features and of forests; built with several compilers by tests/nn/bits.sh and tests/forest/everywhere.sh
# and for other targets. digest_lanes also runs the networks on plain vectors of 4, 8 and 16 lanes. Those of networks link no
# more than these need, because they are built so often.
$(BUILD)/libnets.a: $(nets_src:%.c=$(BUILD)/obj/%.o)
	@rm -f $@
	$(SAY) AR $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/nn/digest: $(BUILD)/obj/tests/nn/digest.o $(BUILD)/libnets.a
$(BUILD)/tests/nn/digest_lanes: $(patsubst %,$(BUILD)/obj/tests/%.o,nn/digest_lanes support/lanes_4 support/lanes_8 support/lanes_16) \
                                $(BUILD)/libnets.a
$(BUILD)/tests/forest/digest: $(BUILD)/obj/tests/forest/digest.o $(BUILD)/libnevus.a
$(BUILD)/tests/nn/digest $(BUILD)/tests/nn/digest_lanes $(BUILD)/tests/forest/digest:
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SAN) $(THREADS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(bench_lib:%.c=$(BUILD)/obj/%.o) $(BUILD)/libtools.a $(BUILD)/libnevus.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SAN) $(THREADS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Runs every test program and closes with one line: N passed, N failed, N skipped.
test: all $(bench) $(examples) $(tests) $(BUILD)/tests/nn/digest $(BUILD)/tests/forest/digest $(if $(filter tests/fuzz/%,$(scripts)),fuzzers $(BUILD)/tests/fuzz/seeds)
	@BUILD='$(BUILD)' RUN='$(RUN)' MAKE='$(MAKE)' HOSTILE='$(HOSTILE)' sh tests/run.sh $(filter %/hostile.sh,$(scripts)) $(tests) \
	    $(filter-out %/hostile.sh,$(scripts))

# On a fresh Debian machine: installs what the tests need, then builds, lints and tests.
check:
	@sh tests/deps.sh abroad prove
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory HOSTILE=1 VARIANTS='resnet18 mobilenetv2-same' all test

# The networks' and forests' bits on other processors, under an emulator (tests/nn/abroad.sh, tests/forest/everywhere.sh;
# `sh tests/deps.sh abroad` installs what it needs). SIDE=0 takes full-size pictures,
# PATHS=fast the fast path alone: five to seven minutes of a processor.
variants = resnet18 darknet19 mobilenetv2 mobilenetv2-same
abroad: $(BUILD)/nevus $(BUILD)/tests/nn/digest $(BUILD)/tests/forest/digest
	@BUILD='$(BUILD)' MAKE='$(MAKE)' VARIANTS='$(or $(VARIANTS),$(variants))' PACKED='$(or $(PACKED),$(VARIANTS),$(variants))' sh tests/nn/abroad.sh
	@BUILD='$(BUILD)' MAKE='$(MAKE)' sh tests/forest/everywhere.sh abroad

# The networks' bits by gcc and clang, -O0 to -O3, plain C and plain vectors of 4, 8 and 16 lanes, canonical and packed,
# and with work cut into other pieces (tests/nn/bits.sh, blocks.sh, of which `make test` has shorter forms). SIDE=0 takes full-size pictures.
bits: $(BUILD)/tests/nn/digest
	@BUILD='$(BUILD)' MAKE='$(MAKE)' WHOLE=1 sh tests/nn/bits.sh
	@BUILD='$(BUILD)' MAKE='$(MAKE)' WHOLE=1 sh tests/nn/blocks.sh

# Every call of tools/ to the system fails, once and for good, in more commands than `make test` has time for.
check-faults: $(BUILD)/tests/fault/test_fault
	NEVUS_FAULTS=full $(BUILD)/tests/fault/test_fault

# The forest beside scikit-learn's, where that is installed: accuracy, score out of bag, size (tests/forest/sklearn.sh).
sklearn: all
	@BUILD='$(BUILD)' SKLEARN=1 sh tests/forest/sklearn.sh

# tools/CLUSTER.md's recipe for Slurm, in a cluster of one node that is started for it.
slurm: all
	@BUILD='$(BUILD)' SLURM_START=1 sh tests/tools/slurm.sh

# Every proof of tests/prove/, where `make test` has the quick ones; `make prove-log` writes down what they show.
prove:
	@sh tests/prove/prove.sh all
prove-log:
	@sh tests/prove/prove.sh log

demo: all
	$(RUN) $(BUILD)/nevus demo $(BUILD)/demo

lint: $(BUILD)/libnevus.a
	@CC='$(CC) $(STD) $(WARN) $(CPPFLAGS) $(POSIX)' NM='$(NM)' LIB='$(BUILD)/libnevus.a' sh tests/lint.sh

format:
	@find nn forest io weights tools tests bench -name '*.[ch]' -o -name '*.inc' 2>/dev/null | xargs clang-format -i

# What they take is under their --help; bench/README.md says how to read what they print.
bench: $(bench)
	@for b in $(filter-out %/compare,$^); do $(RUN) $$b || exit 1; done

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include/nevus
	install -m 755 $(BUILD)/nevus $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(BUILD)/libnevus.a $(DESTDIR)$(PREFIX)/lib
	for h in nn/base/*.h nn/nn.h weights/weights.h forest/*.h forest/*/*.h io/*.h; do \
	    install -D -m 644 $$h $(DESTDIR)$(PREFIX)/include/nevus/$$h || exit 1; done

clean:
	rm -rf $(BUILD)

.SECONDARY:
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
