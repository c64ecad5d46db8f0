! heat.f90 - the gradient of a cost of the final temperature in the initial one, by the adjoint heat equation
! SPDX-License-Identifier: MIT
!
!   u' = (k u_x)_x on (0,1), u = 0 at the ends; implicit Euler: B u_{s+1} = u_s with B = I + c A, solved by conjugate gradients
!   cost = h/2 |u_S - target|^2;  its gradient is h B^-S (u_S - target), because B is symmetric
!
! 100000 unknowns.  With -DUSE_MPI the line is cut into one piece a rank; rank 0 speaks with the checker, the others wait for its commands.
module heat_equation
#ifdef USE_MPI
  use mpi
#endif
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none
  integer, parameter :: n = 100000, steps = 3, ends = 0, runs_forward = 1, runs_back = 2
  real(real64), parameter :: c = 0.1_real64, tolerance = 1e-12_real64, h = 1/real(n + 1, real64)
  real(real64), allocatable :: k(:), u(:), target(:)    ! k: between points; u: the final temperature, with the points next door
  integer :: rank = 0, ranks = 1, m, error
  integer, allocatable :: sizes(:), starts(:)
  logical :: wrong

contains

  subroutine forward(x, y)
    real(real64), intent(in) :: x(:)
    real(real64), intent(out) :: y(:)
    call tell(runs_forward)
    call march(x, y)
  end subroutine forward

  subroutine backward(x, y)
    real(real64), intent(in) :: x(:)
    real(real64), intent(out) :: y(:)
    call tell(runs_back)
    call march_back(x, y)
  end subroutine backward

  ! ---- the two passes, on every rank ----

  subroutine march(x, y)
    real(real64), intent(in) :: x(:)
    real(real64), intent(out) :: y(:)
    real(real64) :: cost
    integer :: s
    call scatter(x, u(1:m))
    do s = 1, steps
      call solve(u)
    end do
    cost = total(h/2*sum((u(1:m) - target)**2))
    if (size(y) > 0) y(1) = cost
  end subroutine march

  ! Wrong: the way back in time ends one step early.
  subroutine march_back(g, d)
    real(real64), intent(in) :: g(:)
    real(real64), intent(out) :: d(:)
    real(real64) :: adjoint(0:m + 1)
    integer :: s
    adjoint(1:m) = h*(u(1:m) - target)
    do s = 1, merge(steps - 1, steps, wrong)
      call solve(adjoint)
    end do
    call gather(adjoint(1:m), d)
    if (size(g) > 0) d = g(1)*d
  end subroutine march_back

  ! ---- the linear system ----

  subroutine apply(v, bv)
    real(real64), intent(inout) :: v(0:)
    real(real64), intent(out) :: bv(:)
    integer :: j
    call neighbours(v)
    do j = 1, m
      bv(j) = v(j) + c*(k(j)*(v(j) - v(j - 1)) + k(j + 1)*(v(j) - v(j + 1)))
    end do
  end subroutine apply

  ! v = B^-1 v by conjugate gradients, to the tolerance relative to v.
  subroutine solve(v)
    real(real64), intent(inout) :: v(0:)
    real(real64) :: p(0:m + 1), r(m), bp(m), rr, before, step, enough
    enough = tolerance**2*total(dot_product(v(1:m), v(1:m)))
    r = v(1:m)
    call apply(v, bp)
    r = r - bp
    p(1:m) = r
    rr = total(dot_product(r, r))
    do while (rr > enough)
      call apply(p, bp)
      step = rr/total(dot_product(p(1:m), bp))
      v(1:m) = v(1:m) + step*p(1:m)
      r = r - step*bp
      before = rr
      rr = total(dot_product(r, r))
      p(1:m) = r + rr/before*p(1:m)
    end do
  end subroutine solve

  ! ---- between ranks ----

  subroutine tell(command)
    integer :: command
#ifdef USE_MPI
    call MPI_Bcast(command, 1, MPI_INTEGER, 0, MPI_COMM_WORLD, error)
#endif
  end subroutine tell

  real(real64) function total(part)
    real(real64), intent(in) :: part
    total = part
#ifdef USE_MPI
    call MPI_Allreduce(part, total, 1, MPI_DOUBLE_PRECISION, MPI_SUM, MPI_COMM_WORLD, error)
#endif
  end function total

  subroutine scatter(all, mine)
    real(real64), intent(in) :: all(:)
    real(real64), intent(out) :: mine(:)
#ifdef USE_MPI
    call MPI_Scatterv(all, sizes, starts, MPI_DOUBLE_PRECISION, mine, m, MPI_DOUBLE_PRECISION, 0, MPI_COMM_WORLD, error)
#else
    mine = all
#endif
  end subroutine scatter

  subroutine gather(mine, all)
    real(real64), intent(in) :: mine(:)
    real(real64), intent(out) :: all(:)
#ifdef USE_MPI
    call MPI_Gatherv(mine, m, MPI_DOUBLE_PRECISION, all, sizes, starts, MPI_DOUBLE_PRECISION, 0, MPI_COMM_WORLD, error)
#else
    all = mine
#endif
  end subroutine gather

  ! The points next door: those of the ranks beside, 0 at the ends.
  subroutine neighbours(v)
    real(real64), intent(inout) :: v(0:)
    v(0) = 0
    v(m + 1) = 0
#ifdef USE_MPI
    block
      integer :: left, right, status(MPI_STATUS_SIZE)
      left = merge(MPI_PROC_NULL, rank - 1, rank == 0)
      right = merge(MPI_PROC_NULL, rank + 1, rank == ranks - 1)
      call MPI_Sendrecv(v(1), 1, MPI_DOUBLE_PRECISION, left, 1, &
        v(m + 1), 1, MPI_DOUBLE_PRECISION, right, 1, MPI_COMM_WORLD, status, error)
      call MPI_Sendrecv(v(m), 1, MPI_DOUBLE_PRECISION, right, 2, &
        v(0), 1, MPI_DOUBLE_PRECISION, left, 2, MPI_COMM_WORLD, status, error)
    end block
#endif
  end subroutine neighbours
end module heat_equation

program heat
#ifdef USE_MPI
  use mpi
#endif
  use heat_equation
  use plumbline
  implicit none
  integer :: first, i, command
  character(len=16) :: argument
  real(real64) :: nothing(0)

  error = 0
#ifdef USE_MPI
  call MPI_Init(error)
  call MPI_Comm_rank(MPI_COMM_WORLD, rank, error)
  call MPI_Comm_size(MPI_COMM_WORLD, ranks, error)
#endif
  call get_command_argument(1, argument)
  wrong = argument == 'wrong'
  sizes = [((n*(i + 1))/ranks - (n*i)/ranks, i = 0, ranks - 1)]
  starts = [((n*i)/ranks, i = 0, ranks - 1)]
  m = sizes(rank + 1)
  first = starts(rank + 1)
  k = [(1 + 0.5_real64*sin(20*h*(first + i)), i = 0, m)]
  target = [(sin(3*h*(first + i)), i = 1, m)]
  allocate (u(0:m + 1))

  if (rank == 0) then
    call plumb_serve('in u0:100000 out cost:1 solver_tol 1e-9', n, 1, forward, backward)
    call tell(ends)
  else
    do
      call tell(command)
      if (command == ends) exit
      if (command == runs_forward) call march([real(real64) ::], nothing)
      if (command == runs_back) call march_back([real(real64) ::], nothing)
    end do
  end if
#ifdef USE_MPI
  call MPI_Finalize(error)
#endif
end program heat
