/* The process that holds a USB device for memprof, and gives it back. No kernel does that: when a program dies,
 * its interfaces are free, but without the driver that they had before, and /dev/ttyACM0 stays away until the board
 * is plugged in again. So libusb is used in a process of its own, which ends when the other side of its socket
 * does, whatever became of memprof: kill -9, or a crash. For memprof the device is a socket. */
#ifndef MEMPROF_USB_HOLDER_H
#define MEMPROF_USB_HOLDER_H

#include "memprof/io/source.h"
#include "usb/list.h"

/* What the holder says after it was started, and to each struct source_line that it is sent. */
struct usb_answer {
	int r; /* 0, or -errno, and then text tells why */
	char text[sizeof(((struct diag *)0)->text)];
};

/* Opens the device, answers once on control_fd (SOCK_SEQPACKET), and carries bytes between its bulk endpoints and
 * data_fd (SOCK_STREAM), which it closes when the device is gone; lines are set as control_fd asks for it. Ends
 * with data_fd, when what was written there has gone out or nobody takes it. */
_Noreturn void usb_hold(const struct usb_item *item, int data_fd, int control_fd);

#endif
