/* As much of FreeRTOS's documented interface as the agent calls, for its test. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef uint32_t StackType_t;
typedef unsigned long UBaseType_t;

#define configUSE_TRACE_FACILITY          1
#define configRECORD_STACK_HIGH_ADDRESS   1
#define configMAX_TASK_NAME_LEN           8
#define INCLUDE_xTaskGetCurrentTaskHandle 1
#define portSTACK_GROWTH                  (-1)
#define portBYTE_ALIGNMENT                8
