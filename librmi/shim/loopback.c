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
	bool done;
	int err;
};

static DEFINE_MUTEX(attach_lock);
static DEFINE_SPINLOCK(queue_lock);
static LIST_HEAD(waiting);   /* For the server to receive. */
static LIST_HEAD(answering); /* Received. */
static DECLARE_BITMAP(kicked, SHIM_MAX_PES);
static DECLARE_BITMAP(busy, SHIM_MAX_PES); /* PEs that have a call. */
static DECLARE_WAIT_QUEUE_HEAD(server_wait);
static DECLARE_WAIT_QUEUE_HEAD(client_wait);
static u64 next_seq;

/*
 * The server: the file that has attached, and the process. It has gone when that process closes
 * the file, whoever else may have it open.
 */
static struct file *server;
static fl_owner_t server_owner;
static pid_t server_tgid;

/* Its memory. It stays until the file is closed for good and no chunk is left. */
static bool mapped;
static u64 dram_base, dram_pages;
static u64 used_pages, lost_pages;
static unsigned long *used;

bool shim_loopback_attached(void)
{
	return READ_ONCE(server);
}

/* A server that waited for its own answer would wait for ever. */
bool shim_loopback_is_server(void)
{
	return READ_ONCE(server) && READ_ONCE(server_tgid) == current->tgid;
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
	if (!server) {
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
	if (mapped || used_pages != lost_pages || !dram_pages)
		return;
	shim_pages_free(dram_base, dram_pages);
	shim_leaks_over();
	vfree(used);
	used = NULL;
	dram_pages = used_pages = lost_pages = 0;
}

void shim_loopback_free(u64 pa, u64 pages)
{
	mutex_lock(&attach_lock);
	bitmap_clear(used, (pa - dram_base) >> PAGE_SHIFT, pages);
	used_pages -= pages;
	free_dram();
	mutex_unlock(&attach_lock);
}

void shim_loopback_leak(u64 pages)
{
	mutex_lock(&attach_lock);
	lost_pages += pages;
	free_dram();
	mutex_unlock(&attach_lock);
}

static int queue(struct message *m)
{
	int err = 0;

	spin_lock(&queue_lock);
	if (server) {
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
	int err = 0;

	spin_lock(&queue_lock);
	if (server)
		set_bit(pe, kicked);
	else
		err = -ENODEV;
	spin_unlock(&queue_lock);
	wake_up(&server_wait);
	return err;
}

/*
 * A PE has one call at a time, so that the server always has a thread for a kick. Who waits for a
 * Realm to leave kicks it now and then, as the timer of a Host would.
 */
static int take_pe(unsigned int pe, bool interruptible)
{
	const long pause = HZ / 50;

	while (test_and_set_bit_lock(pe, busy)) {
		shim_loopback_kick(pe);
		if (!interruptible)
			wait_event_idle_timeout(client_wait, !test_bit(pe, busy), pause);
		else if (wait_event_interruptible_timeout(client_wait, !test_bit(pe, busy), pause) <
		         0)
			return -EINTR;
	}
	return 0;
}

/*
 * Waits for the answer, however long the server takes: a call that has begun has to end, or nobody
 * knows who has the memory. A Realm that runs is told to exit when its Host has a signal.
 */
static int exchange(struct message *m, bool enter)
{
	unsigned int pe = m->msg.call.pe;
	int err;

	if (shim_loopback_is_server())
		return -EDEADLK;
	err = take_pe(pe, enter);
	if (err)
		return err;
	err = queue(m);
	if (!err) {
		if (enter && wait_event_interruptible(client_wait, READ_ONCE(m->done)))
			shim_loopback_kick(pe);
		wait_event_idle(client_wait, READ_ONCE(m->done));
		/* The server's last touch of the message is under the lock. */
		spin_lock(&queue_lock);
		err = m->err;
		spin_unlock(&queue_lock);
	}
	clear_bit_unlock(pe, busy);
	wake_up_all(&client_wait);
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

/* The caller hears of its memory before it has any, so nothing has to be undone. */
static int attach(struct file *file, struct rmi_loopback_attach *args, void __user *user)
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
	if (server == file)
		err = -EEXIST;
	else if (server || dram_pages)
		err = -EBUSY;
	if (err)
		goto unlock;
	used = vzalloc(BITS_TO_LONGS(pages) * sizeof(long));
	err = used ? shim_pages_grab(pages, &args->pa) : -ENOMEM;
	if (err)
		goto free_used;
	if (copy_to_user(user, args, sizeof(*args))) {
		shim_pages_free(args->pa, pages);
		err = -EFAULT;
		goto free_used;
	}
	dram_base = args->pa;
	dram_pages = pages;
	shim_rmm.revision = args->revision;
	shim_rmm.num_pes = args->num_pes;
	shim_rmm.num_lrs = args->num_lrs;
	shim_rmm.ich_vtr = args->ich_vtr;
	shim_rmm.counter_hz = args->counter_hz;
	shim_rmm.lower = shim_rmm.higher = RMI_ABI_VERSION;
	shim_rmm.l0gpt_size = 1ULL << 30;
	mapped = true;
	file->private_data = &mapped;
	server_owner = current->files;
	WRITE_ONCE(server_tgid, current->tgid);
	spin_lock(&queue_lock);
	WRITE_ONCE(server, file);
	spin_unlock(&queue_lock);
	mutex_unlock(&attach_lock);
	return 0;

free_used:
	vfree(used);
	used = NULL;
unlock:
	mutex_unlock(&attach_lock);
	return err;
}

static bool is_work(void)
{
	return !list_empty(&waiting) || !bitmap_empty(kicked, SHIM_MAX_PES);
}

/* The next message for the server; kicks first, since others may wait for what they end. */
static bool take_work(struct rmi_loopback_msg *msg)
{
	struct message *m;
	unsigned long pe;
	bool found = true;

	spin_lock(&queue_lock);
	pe = find_first_bit(kicked, SHIM_MAX_PES);
	m = list_first_entry_or_null(&waiting, struct message, link);
	if (pe < SHIM_MAX_PES) {
		clear_bit(pe, kicked);
		*msg = (struct rmi_loopback_msg){.kind = RMI_LOOPBACK_KICK, .call.pe = pe};
	} else if (m) {
		*msg = m->msg;
		list_move_tail(&m->link, &answering);
	} else {
		found = false;
	}
	spin_unlock(&queue_lock);
	return found;
}

/* What could not be handed over; unless another thread of the server has answered it unseen. */
static void put_work_back(const struct rmi_loopback_msg *msg)
{
	struct message *m;

	spin_lock(&queue_lock);
	if (msg->kind == RMI_LOOPBACK_KICK)
		set_bit(msg->call.pe, kicked);
	list_for_each_entry(m, &answering, link) {
		if (msg->kind == RMI_LOOPBACK_KICK || m->msg.seq != msg->seq)
			continue;
		list_move(&m->link, &waiting);
		break;
	}
	spin_unlock(&queue_lock);
}

static int receive(struct file *file, struct rmi_loopback_msg __user *to)
{
	struct rmi_loopback_msg msg;
	int err;

	while (!take_work(&msg)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(server_wait, is_work() || READ_ONCE(server) != file);
		if (err)
			return err;
		if (READ_ONCE(server) != file)
			return -ENOTCONN;
	}
	if (!copy_to_user(to, &msg, sizeof(msg)))
		return 0;
	put_work_back(&msg);
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

	if (cmd == RMI_LOOPBACK_ATTACH) {
		if (copy_from_user(&args, user, sizeof(args)))
			return -EFAULT;
		return attach(file, &args, user);
	}
	if (READ_ONCE(server) != file)
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
	/* misc_open() leaves its own device here; the file that has the memory, &mapped. */
	file->private_data = NULL;
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static void fail_all(struct list_head *list)
{
	struct message *m, *next;

	list_for_each_entry_safe(m, next, list, link) {
		list_del(&m->link);
		m->err = -ENODEV;
		WRITE_ONCE(m->done, true);
	}
}

/* With attach_lock. */
static void detach(void)
{
	spin_lock(&queue_lock);
	WRITE_ONCE(server, NULL);
	fail_all(&waiting);
	fail_all(&answering);
	bitmap_zero(kicked, SHIM_MAX_PES);
	spin_unlock(&queue_lock);
	wake_up_all(&client_wait);
	wake_up_all(&server_wait);
}

/* A process closes the file, or ends. */
static int loopback_flush(struct file *file, fl_owner_t owner)
{
	mutex_lock(&attach_lock);
	if (server == file && server_owner == owner)
		detach();
	mutex_unlock(&attach_lock);
	return 0;
}

static int loopback_release(struct inode *inode, struct file *file)
{
	mutex_lock(&attach_lock);
	if (server == file)
		detach();
	if (file->private_data == &mapped) {
		mapped = false;
		free_dram();
	}
	mutex_unlock(&attach_lock);
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
	if (READ_ONCE(server) != file)
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
	if (READ_ONCE(server) != file)
		return EPOLLERR;
	return is_work() ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations loopback_fops = {
        .owner = THIS_MODULE,
        .open = loopback_open,
        .flush = loopback_flush,
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
