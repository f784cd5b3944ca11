// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/rmi-loopback: a process is the RMM. It gets the calls that pass the checks of /dev/rmi, and
 * the memory that all files of /dev/rmi have their chunks in.
 */

#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "shim.h"

/* A call on its way to the server and back. */
struct message {
	struct list_head link;
	struct rmi_loopback_msg msg;
	bool own; /* Nobody waits for it: to be freed when it has been received. */
	bool done;
	int err;
};

static DEFINE_MUTEX(attach_lock);
static DEFINE_SPINLOCK(queue_lock);
static LIST_HEAD(waiting);   /* For the server to receive. */
static LIST_HEAD(answering); /* Received. */
static DECLARE_WAIT_QUEUE_HEAD(server_wait);
static DECLARE_WAIT_QUEUE_HEAD(client_wait);
static u64 next_seq;

/* The server, and its memory. It stays until the server is gone and no chunk is left. */
static bool attached;
static u64 dram_base, dram_pages;
static u64 used_pages;
static unsigned long *used;

bool shim_loopback_attached(void)
{
	return READ_ONCE(attached);
}

bool shim_loopback_owns(u64 pa)
{
	return pa >= dram_base && (pa - dram_base) >> PAGE_SHIFT < dram_pages;
}

int shim_loopback_alloc(u64 pages, u64 *pa)
{
	unsigned long at;
	int err = 0;

	mutex_lock(&attach_lock);
	if (!attached) {
		err = -ENODEV;
	} else {
		at = bitmap_find_next_zero_area(used, dram_pages, 0, pages, 0);
		if (at >= dram_pages) {
			err = -ENOMEM;
		} else {
			bitmap_set(used, at, pages);
			used_pages += pages;
			*pa = dram_base + (u64)at * PAGE_SIZE;
		}
	}
	mutex_unlock(&attach_lock);
	if (!err) {
		for (u64 i = 0; i < pages; i++)
			clear_page(shim_page_va(*pa + i * PAGE_SIZE));
	}
	return err;
}

/* With attach_lock. */
static void free_dram(void)
{
	if (attached || used_pages || !dram_pages)
		return;
	shim_pages_free(dram_base, dram_pages);
	vfree(used);
	used = NULL;
	dram_pages = 0;
}

void shim_loopback_free(u64 pa, u64 pages)
{
	mutex_lock(&attach_lock);
	bitmap_clear(used, (pa - dram_base) >> PAGE_SHIFT, pages);
	used_pages -= pages;
	free_dram();
	mutex_unlock(&attach_lock);
}

static int queue(struct message *m)
{
	int err = 0;

	spin_lock(&queue_lock);
	if (attached) {
		m->msg.seq = ++next_seq;
		list_add_tail(&m->link, &waiting);
	} else {
		err = -ENODEV;
	}
	spin_unlock(&queue_lock);
	wake_up(&server_wait);
	return err;
}

int shim_loopback_kick(unsigned int pe)
{
	struct message *m = kzalloc(sizeof(*m), GFP_KERNEL);
	int err;

	if (!m)
		return -ENOMEM;
	m->msg.kind = RMI_LOOPBACK_KICK;
	m->msg.call.pe = pe;
	m->own = true;
	err = queue(m);
	if (err)
		kfree(m);
	return err;
}

/*
 * Waits for the answer, however long the server takes: a call that has begun has to end, or nobody
 * knows who has the memory. A Realm that runs is told to exit when its Host has a signal.
 */
static int exchange(struct message *m, bool kick)
{
	int err = queue(m);

	if (err)
		return err;
	if (kick && wait_event_interruptible(client_wait, READ_ONCE(m->done)))
		shim_loopback_kick(m->msg.call.pe);
	wait_event_idle(client_wait, READ_ONCE(m->done));
	/* The server's last touch of the message is under the lock. */
	spin_lock(&queue_lock);
	err = m->err;
	spin_unlock(&queue_lock);
	return err;
}

int shim_loopback_call(unsigned int pe, struct smccc_regs *regs)
{
	struct message m = {.msg.kind = RMI_LOOPBACK_CALL, .msg.call.pe = pe};
	int err;

	memcpy(m.msg.call.x, regs->x, sizeof(regs->x));
	err = exchange(&m, false);
	memcpy(regs->x, m.msg.call.x, sizeof(regs->x));
	return err;
}

int shim_loopback_enter(struct rmi_shim_enter *enter)
{
	struct message m = {
	        .msg.kind = RMI_LOOPBACK_ENTER,
	        .msg.call = enter->call,
	        .msg.ich = enter->ich,
	};
	int err = exchange(&m, true);

	memcpy(enter->call.x, m.msg.call.x, sizeof(enter->call.x));
	enter->ich = m.msg.ich;
	return err;
}

static int attach(struct file *file, struct rmi_loopback_attach *args)
{
	u64 pages = args->size >> PAGE_SHIFT;
	int err = 0;

	if (!args->size || args->size & ~PAGE_MASK || args->reserved || args->num_pes == 0 ||
	    args->num_pes > SHIM_MAX_PES || args->num_lrs == 0 || args->num_lrs > 16 ||
	    args->revision >= RMI_NUM_REVISIONS)
		return -EINVAL;
	if (pages > totalram_pages() / 2)
		return -ENOMEM;
	mutex_lock(&attach_lock);
	if (file->private_data)
		err = -EEXIST;
	else if (attached || dram_pages)
		err = -EBUSY;
	if (!err) {
		used = vzalloc(BITS_TO_LONGS(pages) * sizeof(long));
		err = used ? shim_pages_grab(pages, &dram_base) : -ENOMEM;
	}
	if (!err) {
		dram_pages = pages;
		used_pages = 0;
		shim_rmm.revision = args->revision;
		shim_rmm.num_pes = args->num_pes;
		shim_rmm.num_lrs = args->num_lrs;
		shim_rmm.ich_vtr = args->ich_vtr;
		shim_rmm.counter_hz = args->counter_hz;
		shim_rmm.lower = shim_rmm.higher = RMI_ABI_VERSION;
		shim_rmm.l0gpt_size = 1ULL << 30;
		file->private_data = &attached;
		args->pa = dram_base;
		spin_lock(&queue_lock);
		attached = true;
		spin_unlock(&queue_lock);
	} else if (err == -ENOMEM || err == -EINTR) {
		vfree(used);
		used = NULL;
	}
	mutex_unlock(&attach_lock);
	return err;
}

static int receive(struct file *file, struct rmi_loopback_msg __user *to)
{
	struct rmi_loopback_msg copy;
	struct message *m;
	int err;

	for (;;) {
		if (file->f_flags & O_NONBLOCK && list_empty(&waiting))
			return -EAGAIN;
		err = wait_event_interruptible(server_wait, !list_empty(&waiting));
		if (err)
			return err;
		spin_lock(&queue_lock);
		m = list_first_entry_or_null(&waiting, struct message, link);
		if (m) {
			copy = m->msg;
			list_del(&m->link);
			if (!m->own)
				list_add_tail(&m->link, &answering);
		}
		spin_unlock(&queue_lock);
		if (m)
			break;
	}
	if (!copy_to_user(to, &copy, sizeof(copy))) {
		if (m->own)
			kfree(m);
		return 0;
	}
	spin_lock(&queue_lock);
	if (!m->own)
		list_del(&m->link);
	list_add(&m->link, &waiting);
	spin_unlock(&queue_lock);
	return -EFAULT;
}

static int answer(const struct rmi_loopback_msg *msg)
{
	struct message *m;
	int err = -ENOENT;

	spin_lock(&queue_lock);
	list_for_each_entry(m, &answering, link) {
		if (m->msg.seq != msg->seq)
			continue;
		list_del(&m->link);
		memcpy(m->msg.call.x, msg->call.x, sizeof(m->msg.call.x));
		m->msg.ich = msg->ich;
		WRITE_ONCE(m->done, true);
		err = 0;
		break;
	}
	spin_unlock(&queue_lock);
	if (!err)
		wake_up_all(&client_wait);
	return err;
}

static long loopback_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct rmi_loopback_attach args;
	struct rmi_loopback_msg msg;
	int err;

	if (cmd == RMI_LOOPBACK_ATTACH) {
		if (copy_from_user(&args, user, sizeof(args)))
			return -EFAULT;
		err = attach(file, &args);
		if (!err && copy_to_user(user, &args, sizeof(args)))
			err = -EFAULT;
		return err;
	}
	if (!READ_ONCE(file->private_data))
		return -ENOTCONN;
	switch (cmd) {
	case RMI_LOOPBACK_RECV:
		return receive(file, user);
	case RMI_LOOPBACK_SEND:
		if (copy_from_user(&msg, user, sizeof(msg)))
			return -EFAULT;
		return answer(&msg);
	default:
		return -ENOTTY;
	}
}

static int loopback_open(struct inode *inode, struct file *file)
{
	/* misc_open() leaves its own device here. */
	file->private_data = NULL;
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static void fail_all(struct list_head *list)
{
	struct message *m, *next;

	list_for_each_entry_safe(m, next, list, link) {
		list_del(&m->link);
		if (m->own) {
			kfree(m);
			continue;
		}
		m->err = -ENODEV;
		WRITE_ONCE(m->done, true);
	}
}

static int loopback_release(struct inode *inode, struct file *file)
{
	if (!file->private_data)
		return 0;
	mutex_lock(&attach_lock);
	spin_lock(&queue_lock);
	attached = false;
	fail_all(&waiting);
	fail_all(&answering);
	spin_unlock(&queue_lock);
	free_dram();
	mutex_unlock(&attach_lock);
	wake_up_all(&client_wait);
	return 0;
}

static vm_fault_t loopback_fault(struct vm_fault *vmf)
{
	vm_fault_t result = VM_FAULT_SIGBUS;

	mutex_lock(&attach_lock);
	if (dram_pages && shim_loopback_owns(PFN_PHYS((u64)vmf->pgoff)))
		result = vmf_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);
	mutex_unlock(&attach_lock);
	return result;
}

static const struct vm_operations_struct loopback_vm_ops = {
        .fault = loopback_fault,
};

/* A mapping keeps its file open, and an open file its memory. */
static int loopback_mmap(struct file *file, struct vm_area_struct *vma)
{
	u64 pages = vma_pages(vma);
	u64 first = PHYS_PFN(dram_base);

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (!file->private_data)
		return -ENOTCONN;
	if (vma->vm_pgoff < first || vma->vm_pgoff - first > dram_pages ||
	    pages > dram_pages - (vma->vm_pgoff - first))
		return -EPERM;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY);
#else
	vma->vm_flags |= VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY;
#endif
	vma->vm_ops = &loopback_vm_ops;
	return 0;
}

static __poll_t loopback_poll(struct file *file, poll_table *table)
{
	poll_wait(file, &server_wait, table);
	return list_empty(&waiting) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static const struct file_operations loopback_fops = {
        .owner = THIS_MODULE,
        .open = loopback_open,
        .release = loopback_release,
        .unlocked_ioctl = loopback_ioctl,
        .poll = loopback_poll,
        .mmap = loopback_mmap,
};

static struct miscdevice loopback_device = {
        .minor = MISC_DYNAMIC_MINOR,
        .name = "rmi-loopback",
        .fops = &loopback_fops,
        .mode = 0600,
};

int shim_loopback_init(void)
{
	return misc_register(&loopback_device);
}

void shim_loopback_fini(void)
{
	misc_deregister(&loopback_device);
}
