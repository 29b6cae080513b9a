-- Drives one session of Neovim: what an author does, and what Neovim then shows. The result is written as JSON.
-- Environment: STEP_SERVER (the command), STEP_FILES (a folder), STEP_RESULT (the file to write).

local folder = vim.env.STEP_FILES
local result = {}
local PATIENCE = 60000 -- milliseconds; what is waited for comes in a second or two

local function wait(what, condition)
  if not vim.wait(PATIENCE, condition, 20) then
    error('waited in vain for ' .. what)
  end
end

local function open(name)
  vim.cmd('edit ' .. folder .. '/' .. name)
  vim.bo.filetype = 'python'
  local client = vim.lsp.start_client({
    name = 'steplang',
    cmd = { vim.env.STEP_SERVER, 'lsp' },
    root_dir = folder,
  })
  vim.lsp.buf_attach_client(0, client)
  wait('the server', function()
    local one = vim.lsp.get_client_by_id(client)
    return one and one.initialized
  end)
  return vim.lsp.get_client_by_id(client)
end

local function stop(client)
  local id = client.id
  client.stop()
  wait('the end of the server', function()
    return vim.lsp.client_is_stopped(id)
  end)
end

local function cursor_on(text, shift)
  vim.fn.cursor(1, 1)
  local line, column = unpack(vim.fn.searchpos('\\V' .. text, 'W'))
  assert(line > 0, 'no ' .. text)
  vim.api.nvim_win_set_cursor(0, { line, column - 1 + (shift or 0) })
end

local function codes()
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    table.insert(found, one.code or (one.user_data and one.user_data.lsp and one.user_data.lsp.code))
  end
  return found
end

local function request(client, method, params)
  local answer, problem = client.request_sync(method, params, PATIENCE, 0)
  assert(answer, problem)
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end

local function actions(client)
  local params = vim.lsp.util.make_range_params()
  local given = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    table.insert(given, one.user_data and one.user_data.lsp or nil)
  end
  params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics() }
  return request(client, 'textDocument/codeAction', params)
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
end

local function mistakes()
  local client = open('twice.py')
  wait('diagnostics', function()
    return #vim.diagnostic.get(0) > 0
  end)
  result.codes = codes()
  cursor_on('squares = ', 2)
  result.hover = request(client, 'textDocument/hover', vim.lsp.util.make_position_params()).contents.value
  cursor_on('(x, scales)', 1)
  local offered = actions(client)
  result.titles = {}
  for _, one in ipairs(offered) do
    table.insert(result.titles, one.title)
  end
  vim.lsp.util.apply_workspace_edit(offered[1].edit, client.offset_encoding)
  wait('no more diagnostics', function()
    return #vim.diagnostic.get(0) == 0
  end)
  result.fixed = text()
  vim.cmd('write')
  stop(client)
end

local function hole()
  local client = open('hole.py')
  wait('the hole', function()
    return #vim.diagnostic.get(0) > 0
  end)
  cursor_on('    ...', 4)
  local offered = actions(client)
  result.offered = offered[1].title
  local before = vim.fn.undotree().seq_cur
  result.answer = request(client, 'workspace/executeCommand', {
    command = offered[1].command.command,
    arguments = offered[1].command.arguments,
  })
  wait('the body', function()
    return text():find('return step.', 1, true) ~= nil
  end)
  result.body = text()
  result.edits = vim.fn.undotree().seq_cur - before
  vim.cmd('undo')
  result.undone = text()
  vim.cmd('redo')
  vim.cmd('write')
  wait('no diagnostics', function()
    return #vim.diagnostic.get(0) == 0
  end)
  stop(client)
end

local ok, problem = pcall(function()
  mistakes()
  hole()
end)
if not ok then
  result.problem = tostring(problem)
end
local file = assert(io.open(vim.env.STEP_RESULT, 'w'))
file:write(vim.fn.json_encode(result))
file:close()
vim.cmd('qall!')
