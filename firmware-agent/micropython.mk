# The agent as a MicroPython C module, for ports that are built with make:
#   make USER_C_MODULES=/path/to/memprof
# or the folder firmware-agent copied or linked into your own folder of modules.
#   MEMPROF_VM_HOOK=1   the VM calls the agent: for ports without soft timers
#   MEMPROF_FAST=1      shorter pauses, more code
#   MEMPROF_POOLS='tlsf fixed tracked'  kinds of pools that a file of the board names (ports/micropython/pools.c);
#                       tracked: C allocations on the GC heap; pool: kinds of the board's own
#   MEMPROF_HOOKS=0     collections and failed allocations are not reported
#   MEMPROF_REQUESTS=1  the host may ask: unix, ports with stdin_ringbuf, and others by MEMPROF_RX() (memprof_mpconfig.h)
#   MEMPROF_SITES=1     memprof.sites() samples allocations by lines of the program; needs MEMPROF_HOOKS
MEMPROF_DIR := $(USERMOD_DIR)

SRC_USERMOD_C += $(MEMPROF_DIR)/ports/micropython/modmemprof.c
SRC_USERMOD_LIB_C += $(addprefix $(MEMPROF_DIR)/ports/micropython/, agent.c channel.c heap.c hooks.c pools.c)
SRC_USERMOD_LIB_C += $(addprefix $(MEMPROF_DIR)/core/, agent.c frame.c snapshot.c table.c)
SRC_USERMOD_LIB_C += $(addprefix $(MEMPROF_DIR)/extra/, rolling.c stats.c)
CFLAGS_USERMOD += -I$(MEMPROF_DIR)/include -DMEMPROF_CRC_WORDS=1

ifeq ($(MEMPROF_FAST),1)
SRC_USERMOD_LIB_C += $(MEMPROF_DIR)/extra/crc_table.c
CFLAGS_USERMOD += -DMEMPROF_FAST=1
endif

ifneq ($(MEMPROF_POOLS),)
SRC_USERMOD_LIB_C += $(addprefix $(MEMPROF_DIR)/pools/, $(addsuffix .c, $(sort pool $(MEMPROF_POOLS))))
CFLAGS_USERMOD += -DMEMPROF_HAS_POOLS=1
ifneq ($(filter tracked, $(MEMPROF_POOLS)),)
CFLAGS_USERMOD += -DMEMPROF_TRACKED=1
endif
endif

# mimxrt, samd, renesas-ra, esp8266, and qemu from 1.29 link with ld itself, which does not know -Wl.
MEMPROF_COMMA := ,
MEMPROF_LD := $(and $(filter %ld, $(firstword $(LD))), $(shell grep '$$(LD) .*$$(LDFLAGS)' $(firstword $(MAKEFILE_LIST))))
MEMPROF_WRAP := $(if $(MEMPROF_LD),,-Wl$(MEMPROF_COMMA))--wrap=

# With link-time optimisation there are no calls between object files to be wrapped. A port may turn it on later than
# here: then the agent finds out at its start.
ifneq ($(LTO)$(findstring -flto,$(CFLAGS)),)
ifneq ($(LTO),0)
MEMPROF_HOOKS ?= 0
endif
endif
MEMPROF_HOOKS ?= 1
ifeq ($(MEMPROF_HOOKS),1)
CFLAGS_USERMOD += -DMEMPROF_HOOKS=1
LDFLAGS_USERMOD += $(addprefix $(MEMPROF_WRAP), gc_collect_start gc_collect_end gc_sweep_all m_malloc_fail)
endif

ifeq ($(MEMPROF_SITES),1)
SRC_USERMOD_LIB_C += $(addprefix $(MEMPROF_DIR)/, extra/sites.c ports/micropython/sites.c)
CFLAGS_USERMOD += -DMEMPROF_SITES=1
LDFLAGS_USERMOD += $(addprefix $(MEMPROF_WRAP), gc_alloc gc_realloc gc_free)
endif

ifeq ($(MEMPROF_REQUESTS),1)
SRC_USERMOD_LIB_C += $(addprefix $(MEMPROF_DIR)/, extra/requests.c ports/micropython/requests.c)
CFLAGS_USERMOD += -DMEMPROF_REQUESTS=1
MEMPROF_INPUT_BY_READ ?= $(if $(filter unix, $(notdir $(CURDIR))),1,0)
CFLAGS_USERMOD += -DMEMPROF_INPUT_BY_READ=$(MEMPROF_INPUT_BY_READ)
MEMPROF_INPUT := $(if $(filter 1, $(MEMPROF_INPUT_BY_READ)),read poll,mp_hal_stdin_rx_chr mp_hal_stdio_poll)
LDFLAGS_USERMOD += $(addprefix $(MEMPROF_WRAP), $(MEMPROF_INPUT))
endif

ifeq ($(MEMPROF_VM_HOOK),1)
CFLAGS_USERMOD += '-DMICROPY_VM_HOOK_LOOP={extern void memprof_vm_hook(void);memprof_vm_hook();}'
endif
