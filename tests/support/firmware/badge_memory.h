/* Where the badge of test-agent_boards.c has its PSRAM. */
#pragma once

#include <stdint.h>

extern uintptr_t badge_memory[4096];
