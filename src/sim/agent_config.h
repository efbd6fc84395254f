/* The agent's configuration for the simulated board (MEMPROF_CONFIG_FILE): words of 32 bits, in memory
 * that lies elsewhere. */
#ifndef SIM_AGENT_CONFIG_H
#define SIM_AGENT_CONFIG_H

#include <stdint.h>

/* Good to the end of that memory; 128 zeros where the board has none (port.c). */
const void *sim_agent_at(uintptr_t address);

#define MEMPROF_WORD        uint32_t
#define MEMPROF_AT(address) sim_agent_at(address)

#endif
