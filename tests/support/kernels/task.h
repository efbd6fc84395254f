#pragma once

#include "FreeRTOS.h"

#ifndef tskKERNEL_VERSION_MAJOR
#define tskKERNEL_VERSION_MAJOR 11
#endif

typedef struct tskTaskControlBlock *TaskHandle_t;
typedef enum { eRunning, eReady, eBlocked, eSuspended, eDeleted, eInvalid } eTaskState;

typedef struct xTASK_STATUS {
	TaskHandle_t xHandle;
	const char *pcTaskName;
	UBaseType_t xTaskNumber;
	eTaskState eCurrentState;
	UBaseType_t uxCurrentPriority, uxBasePriority;
	uint32_t ulRunTimeCounter;
	StackType_t *pxStackBase;
	StackType_t *pxTopOfStack, *pxEndOfStack;
	uint16_t usStackHighWaterMark;
} TaskStatus_t;

TaskHandle_t xTaskGetCurrentTaskHandle(void);
UBaseType_t uxTaskGetNumberOfTasks(void);
UBaseType_t uxTaskGetSystemState(TaskStatus_t *pxTaskStatusArray, UBaseType_t uxArraySize, uint32_t *pulTotalRunTime);
