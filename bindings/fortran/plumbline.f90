! plumbline.f90 - a Fortran function and its backward pass as a subject of plumb (docs/protocol.md)
! SPDX-License-Identifier: MIT
!
! call plumb_serve(hello, inputs, outputs, forward, backward [, tangent]) answers `plumb check -- ./program` until its questions end.
!
!   hello              'in x:4,6 W:6,3 out y:4,3 order F ...'; arrays are row-major unless it says `order F`
!   inputs, outputs    how many numbers go in and out, as in hello
!   forward(x, y)      y = f(x): all inputs in the order of hello
!   backward(g, d)     d = J^T g at the x of the last forward
!   tangent(v, t)      optional: t = J v at the same x
!
! Requests come through the standard input and output, or through the named pipes PLUMB_IN and PLUMB_OUT of `plumb check --fifo`, by the
! system's own read and write: lines and frames of any length pass.  Without pipes, what the program prints with print or write(*,*) must
! end with a new line.  Under mpirun rank 0 alone calls it.
module plumbline
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: real64, int64, int16
  implicit none
  private
  public :: plumb_serve

  abstract interface
    subroutine plumb_map(x, y)
      import :: real64
      real(real64), intent(in) :: x(:)
      real(real64), intent(out) :: y(:)
    end subroutine plumb_map
  end interface

  interface
    function c_read(fd, bytes, n) bind(c, name='read') result(got)
      import :: c_int, c_ptr, c_size_t
      integer(c_int), value :: fd
      type(c_ptr), value :: bytes
      integer(c_size_t), value :: n
      integer(c_size_t) :: got
    end function c_read
    function c_write(fd, bytes, n) bind(c, name='write') result(gone)
      import :: c_int, c_ptr, c_size_t
      integer(c_int), value :: fd
      type(c_ptr), value :: bytes
      integer(c_size_t), value :: n
      integer(c_size_t) :: gone
    end function c_write
    function c_fopen(path, mode) bind(c, name='fopen') result(file)
      import :: c_char, c_ptr
      character(kind=c_char), intent(in) :: path(*), mode(*)
      type(c_ptr) :: file
    end function c_fopen
    function c_fileno(file) bind(c, name='fileno') result(fd)
      import :: c_int, c_ptr
      type(c_ptr), value :: file
      integer(c_int) :: fd
    end function c_fileno
  end interface

  integer, parameter :: room = 65536
  character(kind=c_char), target, save :: buffer(room)
  integer, save :: used = 0, filled = 0
  integer(c_int), save :: from = 0, to = 1
  logical, save :: frames = .false.

contains

  ! ---- bytes ----

  ! The descriptor of the named pipe that a variable of the environment tells, or the one given.
  integer(c_int) function carrier(variable, mode, otherwise)
    character(len=*), intent(in) :: variable, mode
    integer(c_int), intent(in) :: otherwise
    character(len=4096) :: path
    type(c_ptr) :: file
    integer :: length, status
    carrier = otherwise
    call get_environment_variable(variable, path, length, status)
    if (status /= 0 .or. length == 0) return
    file = c_fopen(path(:length) // c_null_char, mode // c_null_char)
    if (c_associated(file)) carrier = c_fileno(file)
  end function carrier

  logical function next_byte(c)
    character, intent(out) :: c
    next_byte = .true.
    c = ' '
    if (used == filled) then
      used = 0
      filled = int(c_read(from, c_loc(buffer), int(room, c_size_t)))
      if (filled <= 0) then
        filled = 0
        next_byte = .false.
        return
      end if
    end if
    used = used + 1
    c = buffer(used)
  end function next_byte

  subroutine send(text)
    character(len=*), intent(in), target :: text
    character(kind=c_char), pointer :: bytes(:)
    integer(c_size_t) :: gone, k
    call c_f_pointer(c_loc(text), bytes, [len(text)])
    gone = 0
    do while (gone < len(text))
      k = c_write(to, c_loc(bytes(gone + 1)), len(text) - gone)
      if (k <= 0) return
      gone = gone + k
    end do
  end subroutine send

  subroutine send_frame(letter, v)
    character, intent(in) :: letter
    real(real64), intent(in), target :: v(:)
    character(kind=c_char, len=8*size(v)), pointer :: bytes
    if (size(v) > 0) call c_f_pointer(c_loc(v), bytes)
    call send(letter // transfer(int(size(v), int64), repeat(' ', 8)))
    if (size(v) > 0) call send(bytes)
  end subroutine send_frame

  logical function read_numbers(v)
    real(real64), intent(out), target :: v(:)
    character(kind=c_char), pointer :: bytes(:)
    integer :: i
    read_numbers = .true.
    if (size(v) == 0) return
    call c_f_pointer(c_loc(v), bytes, [8*size(v)])
    do i = 1, size(bytes)
      read_numbers = next_byte(bytes(i))
      if (.not. read_numbers) return
    end do
  end function read_numbers

  ! ---- requests ----

  ! A line, or the first nine bytes of a frame: a letter and a count below 2^32, so that byte 5 is 0, where a line has a letter.
  logical function next_request(line, length, framed)
    character(len=:), allocatable, intent(inout) :: line
    integer, intent(out) :: length
    logical, intent(out) :: framed
    character :: c
    logical :: letter
    length = 0
    framed = .false.
    do
      next_request = next_byte(c)
      if (.not. next_request) return
      letter = .false.
      if (frames .and. length > 0) letter = index('fbtnF', line(1:1)) > 0
      if (c == new_line('a') .and. .not. framed .and. .not. (letter .and. length < 5)) return
      if (letter .and. length == 5 .and. ichar(c) == 0) framed = .true.
      if (length == len(line)) line = line // repeat(' ', len(line))
      length = length + 1
      line(length:length) = c
      if (framed .and. length == 9) return
    end do
  end function next_request

  integer function words(text)
    character(len=*), intent(in) :: text
    integer :: i
    words = 0
    do i = 1, len(text)
      if (text(i:i) == ' ') cycle
      if (i == 1) then
        words = words + 1
      else if (text(i-1:i-1) == ' ') then
        words = words + 1
      end if
    end do
  end function words

  subroutine say(framed, v)
    logical, intent(in) :: framed
    real(real64), intent(in) :: v(:)
    character(len=26*size(v)) :: text
    if (framed) then
      call send_frame('=', v)
      return
    end if
    write (text, '(*(1x,es25.17e3))') v
    call send('= ' // text // new_line('a'))
  end subroutine say

  subroutine refuse(framed, text)
    logical, intent(in) :: framed
    character(len=*), intent(in) :: text
    if (framed) then
      call send('!' // transfer(int(len(text), int64), repeat(' ', 8)) // text)
    else
      call send('! ' // text // new_line('a'))
    end if
  end subroutine refuse

  subroutine plumb_serve(hello, inputs, outputs, forward, backward, tangent)
    character(len=*), intent(in) :: hello
    integer, intent(in) :: inputs, outputs
    procedure(plumb_map) :: forward, backward
    procedure(plumb_map), optional :: tangent
    character(len=:), allocatable :: line
    real(real64), allocatable :: v(:)
    integer :: length, word, error
    logical :: framed

    from = carrier('PLUMB_IN', 'r', from)
    to = carrier('PLUMB_OUT', 'w', to)
    allocate (character(len=4096) :: line)
    do while (next_request(line, length, framed))
      if (framed) then
        allocate (v(transfer(line(2:9), 0_int64)))
        if (.not. read_numbers(v)) return
        call answer(line(1:1))
      else
        word = index(line(:length) // ' ', ' ')
        allocate (v(words(line(word:length))))
        error = 0
        if (size(v) > 0) read (line(word:length), *, iostat=error) v
        select case (line(:word - 1))
        case ('hello')
          call send('= ' // hello // ' binary' // new_line('a'))
        case ('binary')
          frames = ichar(transfer(1_int16, 'a')) == 1
          if (frames) call send('= binary' // new_line('a'))
          if (.not. frames) call refuse(.false., 'frames are little-endian')
        case ('echo')
          call say(.false., v)
        case ('forward', 'backward', 'tangent')
          call answer(line(1:1))
        case default
          call refuse(.false., 'no such request')
        end select
      end if
      deallocate (v)
    end do

  contains

    subroutine answer(letter)
      character, intent(in) :: letter
      real(real64), allocatable :: y(:)
      if (index('fb', letter) == 0 .and. .not. (letter == 't' .and. present(tangent))) then
        call refuse(framed, 'no such request')
        return
      end if
      if (size(v) /= merge(outputs, inputs, letter == 'b')) then
        call refuse(framed, 'another count of numbers was expected')
        return
      end if
      allocate (y(merge(inputs, outputs, letter == 'b')))
      select case (letter)
      case ('f')
        call forward(v, y)
      case ('b')
        call backward(v, y)
      case default
        call tangent(v, y)
      end select
      call say(framed, y)
    end subroutine answer
  end subroutine plumb_serve
end module plumbline
