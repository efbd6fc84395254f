/* The kernel's settings. Those of the first group are for the agent. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#define configUSE_TRACE_FACILITY          1 /* uxTaskGetSystemState */
#define configAPPLICATION_ALLOCATED_HEAP  1 /* ucHeap is ours, so that the pool has an address */
#define configTOTAL_HEAP_SIZE             ((size_t)8192)
#define configRECORD_STACK_HIGH_ADDRESS   1 /* V11: sizes of stacks without a function of ours */
#define INCLUDE_xTaskGetCurrentTaskHandle 1 /* V9: which task runs */

#define configCPU_CLOCK_HZ                   25000000ul
#define configTICK_RATE_HZ                   1000
#define configUSE_PREEMPTION                 1
#define configUSE_IDLE_HOOK                  1
#define configUSE_TICK_HOOK                  0
#define configUSE_16_BIT_TICKS               0
#define configMAX_PRIORITIES                 4
#define configMINIMAL_STACK_SIZE             72 /* words: the idle task's */
#define configMAX_TASK_NAME_LEN              12
#define configSTACK_DEPTH_TYPE               uint32_t
#define configIDLE_SHOULD_YIELD              1
#define configUSE_MUTEXES                    0
#define configUSE_TIMERS                     0
#define configUSE_CO_ROUTINES                0
#define configCHECK_FOR_STACK_OVERFLOW       2
#define configSUPPORT_STATIC_ALLOCATION      1
#define configSUPPORT_DYNAMIC_ALLOCATION     1
#define configUSE_MALLOC_FAILED_HOOK         0
#define configKERNEL_INTERRUPT_PRIORITY      (7 << 5) /* the lowest of the three bits that there are */
#define configMAX_SYSCALL_INTERRUPT_PRIORITY (5 << 5)

#define INCLUDE_vTaskDelay                  1
#define INCLUDE_vTaskDelete                 1
#define INCLUDE_uxTaskGetStackHighWaterMark 1

#endif
