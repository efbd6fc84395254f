/* The process that uses a USB device for memprof and releases it. When a program dies, the kernel frees its interfaces
 * but does not reattach their driver, so /dev/ttyACM0 would be missing until the board is plugged in again. So libusb
 * runs in a separate process, which ends when the other end of its socket is closed, even if memprof was killed or
 * crashed. For memprof the device is a socket. */
#pragma once

#include "memprof/io/source.h"
#include "usb/list.h"

/* Sent after the start, and after each struct source_line received. */
struct usb_answer {
	int r; /* 0, or -errno with the reason in text */
	char text[sizeof(((struct diag *)0)->text)];
};

/* Opens the device, answers on control_fd (SOCK_SEQPACKET), and transfers data between its bulk endpoints and data_fd
 * (SOCK_STREAM), which it closes when the device is gone; sets the line on requests from control_fd. Ends when the
 * other end of data_fd is closed and the data is sent, or a timeout has passed. */
_Noreturn void usb_proxy_run(const struct usb_item *item, int data_fd, int control_fd);
